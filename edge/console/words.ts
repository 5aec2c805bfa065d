import type { GateName } from "../delivery/gate.ts";
import { meaningOfAny } from "../delivery/provider-words.ts";
import type { AskDecision } from "../engagement/decide-ask.ts";
import type { Role } from "./auth/session.ts";
import { reasonWords } from "./reason-words.ts";

export const ROLE_WORDS: Record<Role, string> = {
  admin: "Admin",
  clinic_lead: "Clinic lead",
  front_desk: "Front desk",
  analyst: "Analyst",
  auditor: "Auditor",
};

/** How a kind of message is spoken of. */
type KindWords = { name: string; will: string; done: string; not: string };

const KIND_WORDS: Record<string, KindWords> = {
  survey_invite: { name: "Survey invitation", will: "will be asked", done: "asked", not: "not asked" },
  survey_reminder: { name: "Survey reminder", will: "will be reminded", done: "reminded", not: "not reminded" },
  correction: {
    name: "Correction of a reminder",
    will: "will be told of the change",
    done: "told of the change",
    not: "not told of the change",
  },
  survey_fresh_link: { name: "New survey link", will: "gets a new link", done: "new link sent", not: "no new link" },
  visit_fresh_link: { name: "New visit link", will: "gets a new link", done: "new link sent", not: "no new link" },
  nudge: { name: "Nudge", will: "will be written to", done: "written to", not: "not written to" },
};
export const KINDS: readonly string[] = Object.keys(KIND_WORDS);

export function kindWords(kind: string): KindWords {
  const name = kind.replaceAll("_", " ");
  return KIND_WORDS[kind] ?? { name, will: "will be written to", done: "written to", not: "not written to" };
}

/** How a state looks and reads. `tone` only ever repeats what the words say. */
export type State = { tone: "ok" | "wait" | "warn" | "bad" | "off"; label: string; detail?: string };

/** What each gate makes sure of, in the order in which they are asked. */
export const GATE_WORDS: Record<GateName, string> = {
  pause: "Sending is not paused",
  visit: "The visit is still a reason to write",
  expiry: "It is still worth saying",
  dataAge: "The schedule was read lately",
  optOut: "The number has not opted out",
  consent: "A yes is there, where one is needed",
  reachable: "There is a number that can get texts",
  answered: "The survey is not answered yet",
  cap: "The number did not get too many messages",
  closedDay: "The clinic is open today",
  quietHours: "It is within sending hours",
  budget: "The budget has room for it",
  fields: "The text has no blanks",
  allowList: "This installation may text the number",
};

/** What the rule of whom to ask makes sure of, by the reason it gives when not. */
export const RULE_WORDS: Record<Extract<AskDecision, { ask: false }>["reason"], string> = {
  removed: "The visit is on the schedule",
  deceased: "The person is alive, as far as is known",
  do_not_contact: "The clinic's records let the person be written to",
  not_seen: "The visit is marked as seen",
  other_provider: "Visits with this provider are asked about",
  other_type: "Visits of this type are asked about",
  too_old: "The visit is recent enough",
};

/** A carrier's error number in words, with the number for whoever wants to look it up. */
export function errorWords(code: string | null): string {
  if (code === null) return "";
  const meaning = meaningOfAny(code);
  return `${meaning === "other" ? "carrier error" : reasonWords(meaning).short} (${code.replaceAll("_", " ")})`;
}

/** The kind of message that a pause holds. */
export function pauseWords(kind: string | null): string {
  return kind === null ? "Everything" : kindWords(kind).name;
}

/** A pause that Hearback set itself carries a reason code; one set by a person carries their words. */
export function pauseReasonWords(reason: string): string {
  return reasonWords(reason).long === reason.replaceAll("_", " ") ? reason : reasonWords(reason).long;
}

/** An amount in millionths of the currency's unit, as `money` says it. */
export function microsWords(micros: number, currency: string): string {
  return money(micros / 1e6, currency);
}

/** `$1.25`; small sums with the tenths of a cent that texts cost. */
export function money(amount: number, currency: string): string {
  const digits = amount > 0 && amount < 1 ? 3 : 2;
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency, maximumFractionDigits: digits });
  return format.format(amount).replace("-", "−");
}

/** `12,345`. */
export function counted(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 person`, `12,345 letters`. */
export function many(count: number, unit: string): string {
  if (count === 1) return `1 ${unit}`;
  return `${counted(count)} ${unit === "person" ? "people" : `${unit}s`}`;
}
