import type { PostalDecision } from "../mailable.ts";
import type { Reason } from "../reasons.ts";
import { nextSendAt, type SendHours } from "../send-hours.ts";

/** Everything the gate looks at, read afresh at hand-off. Times are epoch ms. */
export type GateFacts = {
  tenantActive: boolean;
  /** The pause that holds this kind of touch, if any. */
  paused: string | null;
  kind: string;
  channel: "sms" | "mail" | "print";
  notAfterAt: number;
  /** Why it ends where it is too late for it: what has kept it so far, or just its age. */
  lateAs: Reason;
  /** With the hours that hold for this person and message. */
  office: SendHours & { status: string };
  /** Why the visit is no reason to write any more; null while it still is. */
  visitProblem: Reason | null;
  /** When the source was last read completely; null when never. */
  dataReadAt: number | null;
  silentAfterHours: number;
  contact: { state: "ok" | "landline" | "unreachable" | "invalid" } | null;
  phoneProblem: "none" | "invalid" | null;
  /** Of letters only: whether one may be posted to the person. */
  postal?: PostalDecision;
  /** What it is for: `care` unless a nudge says otherwise. */
  category: string;
  /** What the person's own word says against it; see `wills.ts`. */
  objection: "opted_out" | "no_consent" | null;
  answered: boolean;
  textedToday: boolean;
  onePerPhonePerDay: boolean;
  /** Why its number gets no more for now, and from when on (epoch ms) it may; null while it may. */
  cap: CapFact | null;
  onAllowList: boolean;
  /** Planned by the thousand by a nudge: what cannot be filled ends, where a survey's text waits for staff. */
  isNudge: boolean;
  /** Whether its nudge's budget for the month, or its media buy's, has no room for it. */
  isOverBudget: boolean;
  missingFields: string[];
};

/** `until` null: no later time is known. */
export type CapFact = { reason: "cap_reached" | "ceiling_reached" | "another_first"; until: number | null };

export type GateName =
  | "pause"
  | "visit"
  | "expiry"
  | "dataAge"
  | "optOut"
  | "consent"
  | "reachable"
  | "answered"
  | "cap"
  | "closedDay"
  | "quietHours"
  | "budget"
  | "fields"
  | "allowList";

/** `until` (epoch ms) says when to ask again, for what is put off. */
export type Verdict =
  | { gate: GateName; pass: true }
  | { gate: GateName; pass: false; action: "skip" | "cancel" | "expire" | "park"; reason: Reason }
  | { gate: GateName; pass: false; action: "defer"; reason: Reason; until: number };

const MINUTE_MS = 60_000;
/** Held by a pause, or by data that is too old: looked at again after this. */
const LOOK_AGAIN_MS = 15 * MINUTE_MS;

/** Every gate's verdict, in the order in which they count. The first that does not pass decides. */
export function judge(facts: GateFacts, now: number): Verdict[] {
  // A letter wakes nobody: when it is printed is the printer's business.
  const window = facts.channel === "print" ? { at: now, closedDay: false } : nextSendAt(facts.office, now);
  return [
    hold(
      "pause",
      !facts.tenantActive || facts.office.status !== "active" ? "not_active" : facts.paused !== null && "paused",
      now,
    ),
    end("visit", "cancel", facts.visitProblem),
    end("expiry", "expire", now >= facts.notAfterAt && facts.lateAs),
    hold("dataAge", isStale(facts, now) && "data_too_old", now),
    end("optOut", "skip", facts.objection === "opted_out" && "opted_out"),
    end("consent", "skip", facts.objection === "no_consent" && "no_consent"),
    facts.postal?.may === "wait"
      ? hold("reachable", facts.postal.why, now)
      : end("reachable", "skip", reachProblem(facts)),
    end("answered", "cancel", facts.answered && "already_answered"),
    capVerdict(facts),
    until("closedDay", window.closedDay ? "closed_day" : null, window.at, facts),
    until("quietHours", !window.closedDay && window.at > now ? "quiet_hours" : null, window.at, facts),
    end("budget", "skip", facts.isOverBudget && "budget"),
    end("fields", facts.isNudge ? "skip" : "park", facts.missingFields.length > 0 && "missing_field"),
    end("allowList", "skip", !facts.onAllowList && "not_on_allow_list"),
  ];
}

/** The verdict that decides: the first that does not pass, or null when the message may leave. */
export function firstObjection(verdicts: Verdict[]): Extract<Verdict, { pass: false }> | null {
  return verdicts.find((verdict) => !verdict.pass) ?? null;
}

function reachProblem({ channel, contact, phoneProblem, postal }: GateFacts): Reason | null {
  if (channel === "print") return postal?.may === "post" ? null : (postal?.why ?? "no_address");
  if (channel === "mail") return contact ? (contact.state === "ok" ? null : "invalid_address") : "no_mail_address";
  if (phoneProblem) return phoneProblem === "none" ? "no_phone" : "invalid_phone";
  if (!contact) return "no_phone";
  const reasons = { ok: null, landline: "landline", unreachable: "unreachable", invalid: "invalid_phone" } as const;
  return reasons[contact.state];
}

/** Put off until there is room again; what would not be worth saying by then is not said. */
function capVerdict({ onePerPhonePerDay, textedToday, cap, notAfterAt }: GateFacts): Verdict {
  if (onePerPhonePerDay && textedToday) return end("cap", "skip", "already_texted");
  if (!cap || cap.until === null || cap.until >= notAfterAt) return end("cap", "skip", cap?.reason ?? null);
  return { gate: "cap", pass: false, action: "defer", reason: cap.reason, until: cap.until };
}

function isStale({ dataReadAt, silentAfterHours }: GateFacts, now: number): boolean {
  return dataReadAt === null || now - dataReadAt > silentAfterHours * 60 * MINUTE_MS;
}

function end(gate: GateName, action: "skip" | "cancel" | "expire" | "park", reason: Reason | false | null): Verdict {
  return reason ? { gate, pass: false, action, reason } : { gate, pass: true };
}

function hold(gate: GateName, reason: Reason | false | null, now: number): Verdict {
  return reason ? { gate, pass: false, action: "defer", reason, until: now + LOOK_AGAIN_MS } : { gate, pass: true };
}

/** Put off until then, unless it would no longer be worth saying. */
function until(gate: GateName, reason: Reason | null, at: number, facts: GateFacts): Verdict {
  if (!reason) return { gate, pass: true };
  if (at >= facts.notAfterAt) return { gate, pass: false, action: "expire", reason: facts.lateAs };
  return { gate, pass: false, action: "defer", reason, until: at };
}
