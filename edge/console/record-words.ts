import type { attempts } from "../../db/schema/engagement.ts";
import { wordsOf } from "../delivery/provider-words.ts";
import type { LiftReason } from "../delivery/staff-opt-out.ts";

/** How a hand-over to the carrier ended. */
export const OUTCOME_WORDS: Record<(typeof attempts.$inferSelect)["outcome"], string> = {
  started: "handed over, no answer yet",
  accepted: "handed over, taken",
  refused: "handed over, refused",
  throttled: "the carrier asked us to wait",
  not_sent: "not handed over after all",
  unknown: "handed over, no clear answer",
};

/** What a carrier says of a message; words that are new are shown as they are. */
export function carrierWords(provider: string, status: string): string {
  const words: Record<string, string> = {
    accepted: "taken",
    queued: "queued",
    sending: "being sent",
    sent: "sent to the phone's network",
    delivered: "delivered to the phone",
    failed: "failed",
    undelivered: "could not be delivered",
    read: "read",
  };
  return words[status] ?? words[wordsOf(provider).stepOf(status) ?? ""] ?? status.replaceAll("_", " ").toLowerCase();
}

/** Who did it, as the audit names them. */
export function actorWords(actor: string): string {
  const [kind, name = ""] = actor.split(/:(.*)/s);
  if (kind === "staff") return name;
  if (kind === "system") return "Hearback";
  if (kind === "machine") return "Schedule reader";
  if (kind === "webhook") return PROVIDER_NAMES[name] ?? name;
  return kind === "patient" ? "Patient" : "Operator";
}

const PROVIDER_NAMES: Record<string, string> = { twilio: "Twilio", infobip: "Infobip", ses: "Amazon SES" };

const SOURCE_NAMES: Record<string, string> = {
  "practice-fusion": "Practice Fusion",
  concrete: "Concrete",
  sycle: "Sycle",
};

/** How a system that a clinic's data comes from calls itself; one that this version does not know is shown as it is. */
export function sourceName(source: string): string {
  return SOURCE_NAMES[source] ?? source;
}

/** How an opt-out came about. */
export const OPT_OUT_SOURCES: Record<string, string> = {
  keyword: "by texting STOP",
  free_text: "asked for it in a text",
  carrier: "told by the carrier",
  link: "by the link in a message",
  staff: "entered by staff",
};

/** What an opt-out ends, where it does not end everything. */
export const OPT_OUT_PURPOSES: Record<string, string> = { marketing: "offers", care: "messages about care" };

/** How a yes came about; an import and a keyword name themselves. */
export const CONSENT_SOURCES: Record<string, string> = {
  form: "on a form",
  in_person: "in person",
  by_phone: "by phone",
  in_writing: "in writing",
  keyword: "by texting START",
};

/** What a yes is to. */
export const CONSENT_PURPOSES: Record<"care" | "marketing", string> = {
  care: "Messages about care",
  marketing: "Offers",
};

/** Why a number may be written to again. */
export const LIFT_WORDS: Record<LiftReason, string> = {
  asked_in_person: "The patient asked for it in person",
  asked_by_phone: "The patient asked for it by phone",
  asked_in_writing: "The patient asked for it in writing",
  entered_by_mistake: "The opt-out was entered by mistake",
  new_owner: "The number has a new owner",
};
