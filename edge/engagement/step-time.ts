import { Temporal } from "temporal-polyfill";
import type { steps } from "../../db/schema/nudges.ts";
import { lastEvening, nextOpening, type SendHours } from "../send-hours.ts";

/** The part of a step that says when. Offsets are negative for before the anchor. */
export type StepTime = Pick<
  typeof steps.$inferSelect,
  | "anchor"
  | "offsetHours"
  | "offsetDays"
  | "atLocal"
  | "slotMinutes"
  | "latePolicy"
  | "minLeadMinutes"
  | "quietRule"
  | "expiresAfterMinutes"
>;

export type StepTiming =
  /** Hand over at `dueAt`, not after `notAfterAt` (epoch ms). */
  | { when: "due"; dueAt: number; notAfterAt: number }
  /** Its time is not near yet; a later run plans it. */
  | { when: "later" }
  /** Its time was past before its reason was known. */
  | { when: "never"; reason: "late_booking" | "no_time_left" };

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** How late a run may be before what it finds counts as late rather than just due. */
const GRACE_MINUTES = 60;
const FAR_AHEAD_MINUTES = 5_000_000;

/**
 * When the step is to be said about this anchor, seen from `now`; all in epoch ms. `officeZone` resolves "the day
 * before at 09:00"; `hours` are the person's own. Elapsed hours need no zone. A wall time that the clock skips is moved
 * forward by the gap, one that comes twice is the first. Pure: preview, plan and explanation give the same answer.
 */
export function stepTiming(
  step: StepTime,
  anchorAt: number,
  officeZone: string,
  hours: SendHours,
  now: number,
): StepTiming {
  const wantedAt = nominalAt(step, anchorAt, officeZone);
  const isBefore = wantedAt < anchorAt;
  const lastAt = lastWorthSaying(step, anchorAt, isBefore);
  // Nobody is told of a visit that has begun.
  if (isForVisitsHour(step) && anchorAt < now + step.minLeadMinutes * MINUTE_MS) {
    return { when: "never", reason: "no_time_left" };
  }
  const shiftedAt = quietly(step, wantedAt, hours);
  if (shiftedAt === null || shiftedAt >= lastAt) return { when: "never", reason: "no_time_left" };
  if (Math.min(wantedAt, shiftedAt) >= now + step.slotMinutes * MINUTE_MS) return { when: "later" };
  const notAfterAt = Math.min(lastAt, Math.max(wantedAt, shiftedAt) + step.expiresAfterMinutes * MINUTE_MS);
  if (shiftedAt >= now) return { when: "due", dueAt: shiftedAt, notAfterAt };
  const isLate = wantedAt < now - (step.slotMinutes + GRACE_MINUTES) * MINUTE_MS;
  if (isLate && step.latePolicy === "skip") return { when: "never", reason: "late_booking" };
  // Late before a visit, it still helps until the visit; late after one, only as long as it is worth saying.
  const late = isBefore && isLate ? Math.min(lastAt, now + step.expiresAfterMinutes * MINUTE_MS) : notAfterAt;
  return now < late ? { when: "due", dueAt: now, notAfterAt: late } : { when: "never", reason: "no_time_left" };
}

/**
 * When the step is to be said in place of one that could not reach the person: at its own time where that is still to
 * come, else at once, for as long as the step itself is worth saying.
 */
export function standInTiming(
  step: StepTime,
  anchorAt: number,
  officeZone: string,
  hours: SendHours,
  now: number,
): StepTiming {
  const timing = stepTiming({ ...step, latePolicy: "send" }, anchorAt, officeZone, hours, now);
  if (timing.when !== "later") return timing;
  return stepTiming({ ...step, slotMinutes: FAR_AHEAD_MINUTES }, anchorAt, officeZone, hours, now);
}

/** The instants (epoch ms) between which an anchor may lie for its step to matter to a run at `now`. */
export function anchorWindow(step: StepTime, now: number): { fromAt: number; toAt: number } {
  // Wall-clock offsets may be off their elapsed hours by the time of day and a clock change.
  const offsetMinutes = step.offsetHours === null ? (step.offsetDays ?? 0) * DAY_MINUTES : step.offsetHours * 60;
  const slackMinutes = (step.offsetHours === null ? DAY_MINUTES + 120 : 0) + earlierMinutes(step);
  const toAt = now + (step.slotMinutes - offsetMinutes + slackMinutes) * MINUTE_MS;
  if (offsetMinutes < 0 || isForVisitsHour(step)) {
    return { fromAt: now + step.minLeadMinutes * MINUTE_MS, toAt };
  }
  const longAgo = step.slotMinutes + GRACE_MINUTES + step.expiresAfterMinutes + offsetMinutes + slackMinutes;
  return { fromAt: now - longAgo * MINUTE_MS, toAt };
}

/** Neither before nor after a visit's start, but for the hour in which it begins. */
function isForVisitsHour({ anchor, offsetHours }: StepTime): boolean {
  return anchor === "appointment_start" && offsetHours === 0;
}

/** A message before the visit ends with it, one for its hour with that; one after it lives as long as the step says. */
function lastWorthSaying(step: StepTime, anchorAt: number, isBefore: boolean): number {
  if (isBefore) return anchorAt - step.minLeadMinutes * MINUTE_MS;
  return isForVisitsHour(step) ? anchorAt + step.slotMinutes * MINUTE_MS : Number.MAX_SAFE_INTEGER;
}

/** `earlier` may move a message to the evening before: it must be known by then. */
function earlierMinutes(step: StepTime): number {
  return step.quietRule === "earlier" ? DAY_MINUTES + 120 : 0;
}

function nominalAt(step: StepTime, anchorAt: number, officeZone: string): number {
  if (step.offsetHours !== null) return anchorAt + step.offsetHours * 60 * MINUTE_MS;
  const here = Temporal.Instant.fromEpochMilliseconds(anchorAt).toZonedDateTimeISO(officeZone);
  return here
    .toPlainDate()
    .add({ days: step.offsetDays ?? 0 })
    .toZonedDateTime({ timeZone: officeZone, plainTime: Temporal.PlainTime.from(step.atLocal ?? "09:00") })
    .epochMilliseconds;
}

/** The nominal time, or the one that the quiet rule gives instead; null when the rule leaves none. */
function quietly(step: StepTime, wantedAt: number, hours: SendHours): number | null {
  const openAt = nextOpening(hours, wantedAt);
  if (openAt === wantedAt || (step.quietRule === "later" && !isForVisitsHour(step))) return openAt;
  return step.quietRule === "earlier" ? lastEvening(hours, wantedAt) : null;
}
