import type { Reason } from "./reasons.ts";

/** What is known of a postal address, and of whom it belongs to. */
export type MailFacts = {
  /** Delivery point validation: Y, S, D, N, R; empty for an address that was presented and not found; null when nobody looked. */
  dpv: string | null;
  isVacant: boolean;
  isDeceased: boolean;
};

export type MailDecision =
  | { may: "mail" }
  /** The house is known, the flat is not: somebody should ask. */
  | { may: "ask_unit" }
  | { may: "suppress"; why: "deceased" | "vacant" | "not_deliverable" | "not_found" | "not_validated" };

/**
 * May a letter go there? Y goes; S and D want a unit; everything else stays, with the reason. An address that was only
 * standardised here was not validated: no list of delivery points was asked.
 */
export function mayMail({ dpv, isVacant, isDeceased }: MailFacts): MailDecision {
  if (isDeceased) return { may: "suppress", why: "deceased" };
  if (dpv === null) return { may: "suppress", why: "not_validated" };
  if (isVacant) return { may: "suppress", why: "vacant" };
  if (dpv === "Y") return { may: "mail" };
  if (dpv === "S" || dpv === "D") return { may: "ask_unit" };
  return { may: "suppress", why: dpv === "" ? "not_found" : "not_deliverable" };
}

/** Everything that decides whether a letter may be posted to somebody, as it stands now. */
export type PostalFacts = MailFacts & {
  doNotContact: boolean;
  hasAddress: boolean;
  /** The post office's form of the address is that of the address which the source shows now. */
  isStandardised: boolean;
  /** A letter came back from just this address. */
  isReturned: boolean;
  /** What letters the person, or the household, refused: `all` or purposes. */
  refused: string[];
};

export type PostalDecision =
  | { may: "post" }
  | { may: "wait"; why: "address_not_validated" }
  | { may: "suppress"; why: Reason };

const WHY = {
  deceased: "deceased",
  vacant: "address_vacant",
  not_deliverable: "address_not_deliverable",
  not_found: "address_not_found",
} as const;

/**
 * May a letter of this purpose be posted to this person? `isCertified`: the clinic has its addresses validated, and
 * then one that nobody looked at yet waits; without, the post office's form is all that is asked for here.
 */
export function mayPost(
  facts: PostalFacts,
  { isCertified, category }: { isCertified: boolean; category: string },
): PostalDecision {
  const no = (why: Reason): PostalDecision => ({ may: "suppress", why });
  if (facts.isDeceased) return no("deceased");
  if (facts.doNotContact) return no("do_not_contact");
  if (facts.refused.some((purpose) => purpose === "all" || purpose === category)) return no("opted_out");
  if (!facts.hasAddress) return no("no_address");
  if (facts.isReturned) return no("letter_returned");
  if (!facts.isStandardised) return { may: "wait", why: "address_not_validated" };
  if (!isCertified) return { may: "post" };
  const decision = mayMail(facts);
  if (decision.may === "mail") return { may: "post" };
  if (decision.may === "ask_unit") return no("unit_missing");
  return decision.why === "not_validated" ? { may: "wait", why: "address_not_validated" } : no(WHY[decision.why]);
}
