import { Temporal } from "temporal-polyfill";

/** When something is to run, by the clock on a wall in `timeZone` (an IANA name, or UTC). */
export type Rhythm = {
  timeZone: string;
  /** Either at these local times (`HH:MM`) … */
  localTimes: readonly string[];
  /** … or every so many minutes, counted from `windowOpens` up to, not at, `windowCloses`, which may be `24:00`. */
  everyMinutes: number | null;
  windowOpens: string;
  windowCloses: string;
  /** ISO weekdays, 1 = Monday; null for every day. */
  weekdays: readonly number[] | null;
  /** Local days (`YYYY-MM-DD`) without any slot. */
  closedDays: readonly string[];
};

/** More closed days in a row than this are a mistake in the settings. */
const MOST_DAYS_AHEAD = 400;

/**
 * The first slot after `after` (both epoch ms). A local time that the clock goes through twice counts the first time.
 * One that it skips is moved forward: a listed time by as much as was skipped, a slot of an interval to the moment at
 * which the clock goes on, so that it never passes the one after it. Throws when no slot is left in more than a year.
 */
export function nextSlot(rhythm: Rhythm, after: number): number {
  const here = Temporal.Instant.fromEpochMilliseconds(after).toZonedDateTimeISO(rhythm.timeZone);
  // From yesterday, whose late times a clock change may have moved into today.
  for (let ahead = -1; ahead <= MOST_DAYS_AHEAD; ahead += 1) {
    const day = here.toPlainDate().add({ days: ahead });
    if (!isOpenOn(rhythm, day)) continue;
    const slot = rhythm.everyMinutes === null ? nextListed(rhythm, day, after) : nextInterval(rhythm, day, here);
    if (slot !== null) return slot;
  }
  throw new Error("a schedule has no slot left within a year");
}

function isOpenOn({ weekdays, closedDays }: Rhythm, day: Temporal.PlainDate): boolean {
  return (weekdays === null || weekdays.includes(day.dayOfWeek)) && !closedDays.includes(day.toString());
}

/** The earliest listed time later than `after` of this day and the next: a skipped late evening may end up in the morning. */
function nextListed(rhythm: Rhythm, day: Temporal.PlainDate, after: number): number | null {
  const { localTimes, timeZone } = rhythm;
  const days = [day, day.add({ days: 1 })].filter((each) => isOpenOn(rhythm, each));
  const instants = days.flatMap((each) =>
    localTimes.map(
      (time) => each.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds,
    ),
  );
  const later = instants.filter((at) => at > after);
  return later.length === 0 ? null : Math.min(...later);
}

/** The day's first slot of the interval that is later than `here`. Only slots after its wall time can be. */
function nextInterval(rhythm: Rhythm, day: Temporal.PlainDate, here: Temporal.ZonedDateTime): number | null {
  const today = Temporal.PlainDate.compare(day, here.toPlainDate());
  if (today < 0) return null;
  const every = rhythm.everyMinutes ?? 0;
  const opens = minuteOf(rhythm.windowOpens);
  const passed = today > 0 ? opens - 1 : here.hour * 60 + here.minute;
  const first = opens + Math.max(0, Math.floor((passed - opens) / every) + 1) * every;
  for (let minute = first; minute < minuteOf(rhythm.windowCloses); minute += every) {
    const at = instantAt(day, minute, rhythm.timeZone);
    // In the second pass of a doubled hour, the slots of that hour are past.
    if (at > here.epochMilliseconds) return at;
  }
  return null;
}

function instantAt(day: Temporal.PlainDate, minute: number, timeZone: string): number {
  const wall = day.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  const isShown = zoned.toPlainDateTime().equals(wall);
  return (isShown ? zoned : (zoned.getTimeZoneTransition("next") ?? zoned)).epochMilliseconds;
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}
