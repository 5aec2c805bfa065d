import type { GateName } from "../delivery/gate.ts";
import { meaningOf } from "../delivery/twilio.ts";
import type { AskDecision } from "../engagement/decide-ask.ts";
import type { Reason } from "../reasons.ts";
import type { Role } from "./auth/session.ts";

export const ROLE_WORDS: Record<Role, string> = {
  admin: "Admin",
  clinic_lead: "Clinic lead",
  front_desk: "Front desk",
  analyst: "Analyst",
  auditor: "Auditor",
};

/** Why: a few words to stand after a colon, and the whole sentence. */
type ReasonWords = { short: string; long: string };

const REASON_WORDS: Record<Reason, ReasonWords> = {
  not_active: { short: "office not active", long: "The office or the clinic is not active, so nothing is sent." },
  paused: {
    short: "messages are paused",
    long: "Somebody paused these messages; they wait until the pause is lifted.",
  },
  visit_changed: {
    short: "the visit changed",
    long: "The visit changed so that there was no reason to write any more.",
  },
  removed: { short: "no longer on the schedule", long: "The visit is no longer on the schedule." },
  not_seen: { short: "not marked as seen", long: "The schedule does not show this visit as seen." },
  other_provider: { short: "provider not surveyed", long: "Visits with this provider are not asked about." },
  other_type: { short: "visit type not surveyed", long: "Visits of this type are not asked about." },
  too_old: { short: "too long ago", long: "The visit was too long ago for the question to be worth asking." },
  data_too_old: {
    short: "schedule not read lately",
    long: "The schedule has not been read lately, so what it says may no longer be true. The message waits.",
  },
  no_phone: { short: "no phone", long: "There is no phone number for this person." },
  already_answered: { short: "already answered", long: "The survey was answered already." },
  already_texted: {
    short: "number was texted today",
    long: "This number got a text today already; a number gets at most one a day, so that families are not flooded.",
  },
  closed_day: {
    short: "clinic closed today",
    long: "The clinic is closed on this day; the message waits for the next open one.",
  },
  quiet_hours: { short: "outside sending hours", long: "It is outside the hours in which the clinic sends texts." },
  missing_field: { short: "text incomplete", long: "The text has a blank that nothing fills, so it was not sent." },
  not_on_allow_list: {
    short: "test mode",
    long: "This installation may only text a list of test numbers, and this number is not on it.",
  },
  throttled: {
    short: "carrier asked us to slow down",
    long: "The carrier asked us to slow down; it goes out a little later.",
  },
  refused: { short: "carrier refused it", long: "The carrier refused this message." },
  in_doubt: { short: "carrier did not answer", long: "The carrier did not say whether it took the message." },
  lease_ran_out: {
    short: "sending was interrupted",
    long: "Sending was interrupted before the carrier's answer was stored.",
  },
  not_found_twice: {
    short: "carrier never got it",
    long: "The carrier's own list did not show the message twice, so it is handed over once more.",
  },
  dropped_after_pause: {
    short: "dropped when the pause ended",
    long: "It was dropped by staff when a pause was lifted.",
  },
  dropped_by_staff: { short: "dropped by staff", long: "Staff decided not to send it." },
  staff_said_again: { short: "staff said: send again", long: "Staff decided to send it again." },
  opted_out: { short: "opted out", long: "This number asked not to be texted." },
  invalid_phone: { short: "not a valid phone number", long: "The phone number is not one that can be texted." },
  landline: { short: "landline", long: "The number is a landline, which cannot receive texts." },
  unreachable: { short: "number not in use", long: "The carrier does not know this number, or it is out of use." },
  handset_off: { short: "phone was off", long: "The phone was off or out of reach when the text arrived." },
  filtered: { short: "carrier filtered it", long: "The carrier filtered the message as unwanted." },
  sender_stopped: {
    short: "our sender is blocked",
    long: "The carrier does not accept texts from our sender at the moment.",
  },
  other: { short: "carrier could not deliver it", long: "The carrier could not deliver the message." },
};

/** The words for a stored reason code. One that this version does not know (an older row) is shown as it is. */
export function reasonWords(code: string | null): ReasonWords {
  if (code === null) return { short: "", long: "" };
  return REASON_WORDS[code as Reason] ?? { short: code.replaceAll("_", " "), long: code.replaceAll("_", " ") };
}

/** How a kind of message is spoken of. */
type KindWords = { name: string; will: string; done: string; not: string };

const KIND_WORDS: Record<string, KindWords> = {
  survey_invite: { name: "Survey invitation", will: "will be asked", done: "asked", not: "not asked" },
  survey_reminder: { name: "Survey reminder", will: "will be reminded", done: "reminded", not: "not reminded" },
  survey_fresh_link: { name: "New survey link", will: "gets a new link", done: "new link sent", not: "no new link" },
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
  reachable: "There is a number that can get texts",
  answered: "The survey is not answered yet",
  cap: "The number got no other text today",
  closedDay: "The clinic is open today",
  quietHours: "It is within sending hours",
  fields: "The text has no blanks",
  allowList: "This installation may text the number",
};

/** What the rule of whom to ask makes sure of, by the reason it gives when not. */
export const RULE_WORDS: Record<Extract<AskDecision, { ask: false }>["reason"], string> = {
  removed: "The visit is on the schedule",
  not_seen: "The visit is marked as seen",
  other_provider: "Visits with this provider are asked about",
  other_type: "Visits of this type are asked about",
  too_old: "The visit is recent enough",
};

/** A carrier's error number in words, with the number for whoever wants to look it up. */
export function errorWords(code: string | null): string {
  if (code === null) return "";
  const meaning = meaningOf(code);
  return `${meaning === "other" ? "carrier error" : reasonWords(meaning).short} (${code.replaceAll("_", " ")})`;
}

/** How a hand-over to the carrier ended. */
export const OUTCOME_WORDS: Record<string, string> = {
  started: "handed over, no answer yet",
  accepted: "handed over, taken",
  refused: "handed over, refused",
  throttled: "the carrier asked us to wait",
  not_sent: "not handed over after all",
  unknown: "handed over, no clear answer",
};

/** What a carrier says of a message; words that are new are shown as they are. */
export function carrierWords(status: string): string {
  const words: Record<string, string> = {
    accepted: "taken",
    queued: "queued",
    sending: "being sent",
    sent: "sent to the phone's network",
    delivered: "delivered to the phone",
    undelivered: "could not be delivered",
    failed: "failed",
    read: "read",
  };
  return words[status] ?? status.replaceAll("_", " ");
}

const ACTION_WORDS: Record<string, string> = {
  "touch.planned": "Message planned",
  "touch.skipped": "Message not sent",
  "touch.cancelled": "Message cancelled",
  "touch.expired": "Message no longer worth saying",
  "touch.parked": "Message set aside for staff",
  "touch.sending": "Message about to be handed over",
  "touch.accepted": "Carrier took the message",
  "touch.sent": "Carrier sent the message",
  "touch.delivered": "Message delivered",
  "touch.undelivered": "Message not delivered",
  "touch.failed": "Message refused",
  "touch.unknown": "Message in doubt",
  "touch.retimed": "Message put off",
  "invite.answered": "Survey answered",
  "response.completed": "Answers stored",
  "opt_out.recorded": "Opt-out recorded",
  "opt_out.ended": "Opt-out ended",
  "pause.set": "Sending paused",
  "pause.lifted": "Pause lifted",
  "patient.read": "Patient's page opened by staff",
  "schedule.read": "Day's schedule opened by staff",
  "search.read": "Search results opened by staff",
  "opt_outs.read": "Opt-out list opened by staff",
  "parked.read": "Set-aside messages opened by staff",
  "appointments.ingested": "Schedule read",
  "job.created": "Reading of the schedule ordered",
  "job.leased": "Reading of the schedule begun",
  "job.widened": "Reading of the schedule widened",
  "job.succeeded": "Reading of the schedule done",
  "job.partly": "Reading of the schedule partly done",
  "job.failed": "Reading of the schedule failed",
  "tenant.added": "Clinic set up",
};

/** An audit event's action in words; one that this version does not know is shown as it is. */
export function actionWords(action: string): string {
  return ACTION_WORDS[action] ?? action;
}

/** Who did it, as the audit names them. */
export function actorWords(actor: string): string {
  const [kind, name = ""] = actor.split(/:(.*)/s);
  if (kind === "staff") return name;
  if (kind === "system") return "Hearback";
  if (kind === "machine") return "Schedule reader";
  if (kind === "webhook") return name === "twilio" ? "Twilio" : name;
  return kind === "patient" ? "Patient" : "Operator";
}

/** How an opt-out came about. */
export const OPT_OUT_SOURCES: Record<string, string> = {
  keyword: "by texting STOP",
  free_text: "asked for it in a text",
  carrier: "told by the carrier",
  link: "by the link in a message",
  staff: "entered by staff",
};
