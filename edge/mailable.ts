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
