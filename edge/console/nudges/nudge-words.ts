import type { Category } from "../../../db/schema/nudges.ts";
import { audienceOf } from "../../engagement/audiences/registry.ts";
import type { Nudge, Step } from "../../engagement/read-nudges.ts";
import { clockAt, wallClock } from "../time.ts";
import { many, type State } from "../words.ts";

export const CATEGORY_WORDS: Record<Category, string> = {
  transactional: "about a visit",
  care: "about care",
  marketing: "an offer",
};

export const CHANNEL_WORDS: Record<Step["channel"], string> = { sms: "text", mail: "e-mail", print: "letter" };

export const ANCHOR_WORDS: Record<Step["anchor"], string> = {
  appointment_start: "the visit",
  appointment_end: "the end of the visit",
  purchase: "the last purchase",
  entered_audience: "they belong here",
};

export const STATUS_WORDS: Record<Nudge["status"], string> = {
  draft: "draft",
  waiting: "waits for a second person",
  active: "at work",
  paused: "paused",
  archived: "archived",
};

const TONES: Record<Nudge["status"], State["tone"]> = {
  draft: "off",
  waiting: "warn",
  active: "ok",
  paused: "warn",
  archived: "off",
};

/** Where a nudge stands; one that can still be taken back says until when. */
export function nudgeState({ status, startsAt, pausedReason }: Nudge, now: number, timeZone: string): State {
  if (status === "active" && startsAt !== null && startsAt > now) {
    return { tone: "wait", label: `starts at ${clockAt(startsAt, timeZone)}` };
  }
  const detail = status === "paused" && pausedReason ? { detail: pausedReason } : {};
  return { tone: TONES[status], label: STATUS_WORDS[status], ...detail };
}

/** `text, 24 hours before the visit; at night in the evening before`. */
export function stepWords(step: Step): string {
  return `${CHANNEL_WORDS[step.channel]}, ${timeWords(step)}; ${QUIET_WORDS[step.quietRule]}`;
}

export const QUIET_WORDS: Record<Step["quietRule"], string> = {
  earlier: "outside sending hours, the evening before",
  later: "outside sending hours, when they open",
  drop: "outside sending hours, not at all",
};

export const LATE_WORDS: Record<Step["latePolicy"], string> = {
  skip: "is not told any more",
  send: "is told at once",
};

function timeWords({ anchor, offsetHours, offsetDays, atLocal }: Step): string {
  const what = ANCHOR_WORDS[anchor];
  if (offsetHours !== null) {
    if (offsetHours === 0) return anchor === "entered_audience" ? `as soon as ${what}` : `at the hour of ${what}`;
    return `${many(Math.abs(offsetHours), "hour")} ${offsetHours < 0 ? "before" : "after"} ${what}`;
  }
  const days = offsetDays ?? 0;
  if (days === 0) return `on the day of ${what} at ${wallClock(atLocal ?? "09:00")}`;
  return `${many(Math.abs(days), "day")} ${days < 0 ? "before" : "after"} ${what} at ${wallClock(atLocal ?? "09:00")}`;
}

export const VISIT_STATUS_WORDS: Record<string, string> = {
  pending: "not confirmed",
  booked: "confirmed",
  arrived: "in the office",
  fulfilled: "seen",
  cancelled: "cancelled",
  noshow: "no show",
  "entered-in-error": "entered in error",
};

type Settings = {
  statuses?: string[];
  excludeNames?: string[];
  offices?: string[];
  providers?: string[];
  skipConfirmed?: boolean;
  daysAgo?: { from: number; to: number };
  kinds?: string[];
  lastDaysAgo?: { from: number; to: number };
  link?: "source" | "same_day" | { days: number };
  categories?: string[];
  count?: { from?: number; to?: number };
  totalMicros?: { from?: number; to?: number };
  absent?: { futureAppointment?: boolean; purchaseSinceDays?: number };
};

/** Whom a nudge is for: what its kind of audience finds, and how its settings narrow it, a line each. */
export function audienceWords({ audienceKind, audience }: Pick<Nudge, "audienceKind" | "audience">): {
  title: string;
  details: string[];
} {
  const stored = JSON.parse(audience) as Settings;
  const title = audienceOf(audienceKind, stored)?.title ?? audienceKind;
  const details = [
    stored.statuses && `visits that are ${list(stored.statuses.map((each) => VISIT_STATUS_WORDS[each] ?? each))}`,
    stored.excludeNames?.length ? `but none called ${quoted(stored.excludeNames)}` : undefined,
    stored.offices && `at ${stored.offices.length === 1 ? "one office" : `${stored.offices.length} offices`} only`,
    stored.skipConfirmed ? "but nobody who has confirmed by a link or a text" : undefined,
    stored.providers && `with ${list(stored.providers)}`,
    stored.daysAgo && `last here ${stored.daysAgo.from} to ${many(stored.daysAgo.to, "day")} ago`,
    stored.kinds && list(stored.kinds.map((kind) => (kind === "prospect" ? "who never bought" : "who bought before"))),
    stored.lastDaysAgo && `last purchase ${stored.lastDaysAgo.from} to ${many(stored.lastDaysAgo.to, "day")} ago`,
    stored.link !== undefined ? linkWords(stored.link) : undefined,
    stored.categories && `of ${list(stored.categories)}`,
    rangeWords("purchases", stored.count, 1),
    rangeWords("spent in all", stored.totalMicros, 1_000_000),
    stored.absent?.futureAppointment ? "without a visit ahead" : undefined,
    stored.absent?.purchaseSinceDays
      ? `who bought nothing for ${many(stored.absent.purchaseSinceDays, "day")}`
      : undefined,
  ];
  return { title, details: details.filter((line) => line !== undefined) };
}

function linkWords(link: NonNullable<Settings["link"]>): string {
  if (link === "source") return "bought at a visit, as the source says";
  return link === "same_day" ? "bought on the day of a visit" : `bought within ${many(link.days, "day")} after a visit`;
}

function rangeWords(what: string, range: { from?: number; to?: number } | undefined, unit: number): string | undefined {
  if (!range || (range.from === undefined && range.to === undefined)) return undefined;
  const [from, to] = [range.from, range.to].map((each) => (each === undefined ? undefined : each / unit));
  if (from === undefined) return `at most ${to} ${what}`;
  return to === undefined ? `at least ${from} ${what}` : `${from} to ${to} ${what}`;
}

function list(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function quoted(names: string[]): string {
  return list(names.map((name) => `“${name}”`));
}
