import type { AppointmentStatus, TenantSettings } from "../tenant-settings.ts";

/** What the planner knows of one visit. Times are epoch ms. */
export type VisitFacts = {
  /** `unknown`: the source's word is not one that this clinic is set up for. */
  status: AppointmentStatus | "unknown";
  provider: string;
  serviceType: string;
  startsAt: number;
  removedAt: number | null;
  /** Of the person whose visit it is. */
  isDeceased: number;
  doNotContact: number;
  patientRemovedAt: number | null;
};

type AskReason = "removed" | "deceased" | "do_not_contact" | "not_seen" | "other_provider" | "other_type" | "too_old";

export type AskDecision =
  | { ask: true; dueAt: number; notAfterAt: number }
  /** `too_old` is recorded as a skipped touch; the others are simply no reason to write. */
  | { ask: false; reason: AskReason };

const HOUR_MS = 3_600_000;

/**
 * Whether this visit is a reason to ask how it was, and from when until when. Pure, so that the planner, the gate's
 * second look at hand-off and the page that explains all run the same rule.
 */
export function decideAsk(visit: VisitFacts, { ask }: TenantSettings, now: number): AskDecision {
  if (visit.removedAt !== null || visit.patientRemovedAt !== null) return { ask: false, reason: "removed" };
  if (visit.isDeceased === 1) return { ask: false, reason: "deceased" };
  if (visit.doNotContact === 1) return { ask: false, reason: "do_not_contact" };
  if (visit.status !== "fulfilled") return { ask: false, reason: "not_seen" };
  if (!includes(ask.providers, visit.provider)) return { ask: false, reason: "other_provider" };
  if (!includes(ask.serviceTypes, visit.serviceType)) return { ask: false, reason: "other_type" };
  const notAfterAt = visit.startsAt + ask.maxVisitAgeHours * HOUR_MS;
  if (now >= notAfterAt) return { ask: false, reason: "too_old" };
  // A visit marked as seen before its time (an early arrival) does not wait for the time it was booked for.
  return { ask: true, dueAt: Math.max(now, Math.min(visit.startsAt, now) + ask.delayMinutes * 60_000), notAfterAt };
}

/** A visit and whose it is, as the rule looks at them. */
export function askFacts<Visit extends object>(
  visit: Visit,
  person: { isDeceased: number; doNotContact: number; removedAt: number | null },
) {
  const { isDeceased, doNotContact, removedAt: patientRemovedAt } = person;
  return { ...visit, isDeceased, doNotContact, patientRemovedAt };
}

/** Whether the clinic asks how visits were at all; one that only reminds names nobody to ask. */
export function asksAnybody({ ask }: Pick<TenantSettings, "ask">): boolean {
  return ask.providers.length > 0 && ask.serviceTypes.length > 0;
}

function includes(list: string[], word: string): boolean {
  return list.some((each) => each.toLowerCase() === word.toLowerCase());
}
