import { sql } from "drizzle-orm";
import type { Category } from "../db/schema/nudges.ts";
import type { TenantSettings } from "./tenant-settings.ts";

/** A message that a number got, or may have got: the local day it was handed over on, and what it counted as. */
export type Sent = { sentOn: string | null; countsAs: string | null };

/** How many a number may get; null for no limit of that kind. `perDay` to `perMonth` count messages of one category. */
export type Limits = { perDay: number | null; perWeek: number | null; perMonth: number | null; ceiling: number };

export type CapProblem = {
  reason: "cap_reached" | "ceiling_reached";
  /** The first local day on which the limits leave room again; null where none does. */
  freeOn: string | null;
};

/** Of rows of touches that were handed over: those not known to have failed. In doubt counts as said. */
export const MAY_HAVE_ARRIVED = sql.raw("sent_on IS NOT NULL AND status NOT IN ('undelivered', 'failed')");

/** Another message to the same person that still waits, of a nudge with a priority. */
export type Rival = {
  id: string;
  patientId: string;
  channel: string;
  category: string;
  priority: number;
  /** Epoch ms. */
  dueAt: number;
};

/** No local day before this one matters to any limit, wherever on earth it is `now` (epoch ms). */
export function countedFrom(now: number): string {
  return addDays(new Date(now).toISOString().slice(0, 10), -33);
}

const MOST_DAYS_AHEAD = 62;
const DAY_MS = 86_400_000;

/**
 * What a message counts as at its number. What the person asked for, and what puts a visit's time right, is as little
 * a care message as a reminder is.
 */
export function countsAs(kind: string, category: string): Category {
  return ["correction", "survey_fresh_link", "visit_fresh_link"].includes(kind)
    ? "transactional"
    : (category as Category);
}

/**
 * The limits that hold for one message. Care texts: the shape of the FCC's health-care exemption, 47 CFR
 * 64.1200(a)(9)(iv). The ceiling holds for everything, and no setting takes it away. A clinic that has every visit asked
 * about, whoever shares the phone, has lifted the limits on care for its surveys.
 */
export function limitsFor(
  message: { channel: string; category: Category; isSurvey: boolean },
  { caps, ask }: TenantSettings,
): Limits {
  const isLimitedCare =
    message.category === "care" && message.channel === "sms" && (!message.isSurvey || ask.onePerPhonePerDay);
  return {
    perDay: isLimitedCare ? caps.carePerDay : null,
    perWeek: isLimitedCare ? caps.carePerWeek : null,
    perMonth: message.category === "marketing" ? caps.marketingPerMonth : null,
    ceiling: caps.perNumberPerDay,
  };
}

/** Which limit `sent` has reached today, and until when; null while there is room. Days are local, `YYYY-MM-DD`. */
export function capProblem(sent: Sent[], category: Category, limits: Limits, today: string): CapProblem | null {
  const reason = fullOn(sent, category, limits, today);
  if (!reason) return null;
  for (let ahead = 1; ahead <= MOST_DAYS_AHEAD; ahead += 1) {
    const day = addDays(today, ahead);
    if (!fullOn(sent, category, limits, day)) return { reason, freeOn: day };
  }
  return { reason, freeOn: null };
}

/**
 * When to ask again (epoch ms), where so many messages of higher priority go to the same person before `dayEndsAt` that
 * no room would be left for them; null where this one takes nobody's place.
 */
export function yieldsUntil(
  own: Pick<Rival, "id" | "patientId" | "channel" | "category" | "priority">,
  rivals: Rival[],
  room: number,
  dayEndsAt: number,
): number | null {
  const before = rivals.filter(
    (rival) =>
      rival.patientId === own.patientId &&
      rival.channel === own.channel &&
      rival.category === own.category &&
      rival.priority > own.priority &&
      rival.dueAt < dayEndsAt &&
      rival.id !== own.id,
  );
  return before.length > 0 && before.length >= room ? Math.min(...before.map(({ dueAt }) => dueAt)) : null;
}

/** The first day of the week and of the month that end with this day: a week is any seven days, a month the calendar's. */
export function countedSince(day: string): { week: string; month: string } {
  return { week: addDays(day, -6), month: `${day.slice(0, 8)}01` };
}

function fullOn(sent: Sent[], category: Category, limits: Limits, day: string): CapProblem["reason"] | null {
  const { week, month } = countedSince(day);
  const since = (first: string, as: string | null) =>
    sent.filter(({ sentOn, countsAs }) => sentOn !== null && sentOn >= first && (as === null || countsAs === as))
      .length;
  if (since(day, null) >= limits.ceiling) return "ceiling_reached";
  const isFull =
    since(day, category) >= (limits.perDay ?? Number.POSITIVE_INFINITY) ||
    since(week, category) >= (limits.perWeek ?? Number.POSITIVE_INFINITY) ||
    since(month, category) >= (limits.perMonth ?? Number.POSITIVE_INFINITY);
  return isFull ? "cap_reached" : null;
}

/** The days' names alone, so without any zone. */
function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}
