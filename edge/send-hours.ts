import { Temporal } from "temporal-polyfill";
import { type CallingHours, callingHours } from "./calling-hours.ts";

/** From when until when (wall times, `HH:MM`) somebody may be written to: by every one of these clocks at once. */
export type SendHours = {
  /** The clock where the person is, as far as is known; its days are the ones that can be closed. */
  timeZone: string;
  windowOpens: string;
  windowCloses: string;
  closedDays: readonly string[];
  /** Further clocks that count as well. */
  otherZones?: readonly string[];
  /** What the law allows, within the clinic's own hours. */
  laws?: readonly CallingHours[];
};

/** What is known of where a person is. Zones are IANA names, several separated by a space; null where nothing is. */
export type Whereabouts = {
  /** By the ZIP code. */
  timeZone: string | null;
  /** By the area code of the number that would be written to. */
  phoneZones: string | null;
  /** Two letters, by the address. */
  state: string | null;
};

/** What is begun nearer to the end of the hours than this could arrive after it; carriers take no shorter validity. */
export const LAST_START_MS = 60_000;

const DAY_MS = 86_400_000;
const MOST_DAYS = 60;
/** `earlier` stays this far from the end of the evening before. */
const BEFORE_CLOSING_MS = 3_600_000;

/**
 * The hours for one person and one sort of message: the clinic's, at the person's clock, and for texts within those of
 * the law of the person's state (else the office's). A ZIP code says where somebody is, an area code only where their number is from:
 * it counts beside the office's clock where no ZIP code is known, and for marketing always.
 */
export function hoursFor<Office extends SendHours & { state: string | null }>(
  office: Office,
  person: Whereabouts,
  { category, channel }: { category: string; channel: string },
): Office {
  const isText = channel === "sms";
  const laws = isText ? callingHours(category, person.state ?? office.state) : [];
  const known = split(person.timeZone);
  const ofPhone = isText && (known.length === 0 || category === "marketing") ? split(person.phoneZones) : [];
  const [timeZone = office.timeZone, ...more] = known;
  const otherZones = [...new Set([...more, ...ofPhone])].filter((zone) => zone !== timeZone);
  return { ...office, timeZone, otherZones, laws };
}

/**
 * The earliest instant (epoch ms), now or later, at which one may write. Computed in zones by name, so both days of a
 * clock change come out right. `closedDay` when today is one. Where there is none for two months: to be asked again.
 */
export function nextSendAt(hours: SendHours, now: number): { at: number; closedDay: boolean } {
  const today = dayAt(hours, now);
  const closedDay = hours.closedDays.includes(today.toString());
  const at = nextOpening(hours, now);
  return at === null ? { at: now + DAY_MS, closedDay: true } : { at, closedDay };
}

/** When the hours that hold `now` end; `now` itself outside them. Epoch ms. */
export function windowClosesAt(hours: SendHours, now: number): number {
  return stretchesOn(hours, dayAt(hours, now)).find((each) => now >= each.fromAt && now < each.toAt)?.toAt ?? now;
}

/** The first instant from `at` on (epoch ms) at which one may write; null within the next two months. */
export function nextOpening(hours: SendHours, at: number): number | null {
  const today = dayAt(hours, at);
  for (let ahead = 0; ahead < MOST_DAYS; ahead += 1) {
    for (const { fromAt, toAt } of stretchesOn(hours, today.add({ days: ahead }))) {
      if (Math.max(at, fromAt) <= toAt - LAST_START_MS) return Math.max(at, fromAt);
    }
  }
  return null;
}

/** An hour before the end of the last hours that ended by `at` (epoch ms), or their beginning; null within a month. */
export function lastEvening(hours: SendHours, at: number): number | null {
  const today = dayAt(hours, at);
  for (let back = 0; back < MOST_DAYS / 2; back += 1) {
    const last = stretchesOn(hours, today.subtract({ days: back })).findLast(({ toAt }) => toAt <= at);
    if (last) return Math.max(last.fromAt, last.toAt - BEFORE_CLOSING_MS);
  }
  return null;
}

type Stretch = { fromAt: number; toAt: number };

/** When one may write on this local day, in order: what all clocks allow. */
function stretchesOn(hours: SendHours, day: Temporal.PlainDate): Stretch[] {
  if (hours.closedDays.includes(day.toString())) return [];
  let open = stretchIn(hours, hours.timeZone, day);
  for (const zone of hours.otherZones ?? []) {
    if (open.length === 0) break;
    // Another clock's days can begin the evening before and end the morning after.
    const theirs = [-1, 0, 1].flatMap((days) => stretchIn(hours, zone, day.add({ days })));
    open = open.flatMap((one) => theirs.flatMap((other) => overlap(one, other)));
  }
  return open;
}

/** By one clock; the shorter stretch on a day on which it changes at the very hour of opening or closing. */
function stretchIn({ laws = [], ...own }: SendHours, zone: string, day: Temporal.PlainDate): Stretch[] {
  const bound = laws.filter((law) => isInForce(law, day));
  if (bound.some(({ isClosed }) => isClosed)) return [];
  const opens = [own.windowOpens, ...bound.map((law) => law.opens)].sort().at(-1) ?? own.windowOpens;
  const closes = [own.windowCloses, ...bound.map((law) => law.closes)].sort()[0] ?? own.windowCloses;
  const fromAt = instantOf(day, opens, zone, "later");
  const toAt = instantOf(day, closes, zone, "earlier");
  return fromAt < toAt ? [{ fromAt, toAt }] : [];
}

function isInForce({ from = "", until = "9999", weekdays }: CallingHours, day: Temporal.PlainDate): boolean {
  const on = day.toString();
  return on >= from && on < until && (weekdays === undefined || weekdays.includes(day.dayOfWeek));
}

function overlap(one: Stretch, other: Stretch): Stretch[] {
  const fromAt = Math.max(one.fromAt, other.fromAt);
  const toAt = Math.min(one.toAt, other.toAt);
  return fromAt < toAt ? [{ fromAt, toAt }] : [];
}

function dayAt({ timeZone }: SendHours, at: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(timeZone).toPlainDate();
}

function instantOf(
  day: Temporal.PlainDate,
  time: string,
  timeZone: string,
  disambiguation: "earlier" | "later",
): number {
  const wall = day.toPlainDateTime(Temporal.PlainTime.from(time));
  return wall.toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
}

function split(zones: string | null): string[] {
  return zones ? zones.split(" ") : [];
}
