import { Temporal } from "temporal-polyfill";

/**
 * The first instant after `after` (both epoch ms) at which a clock in the zone shows one of these times (`HH:MM`). An
 * hour that the clock goes through twice counts the first time; a time that it skips counts when it goes on again.
 */
export function nextLocalTime(localTimes: readonly string[], timeZone: string, after: number): number {
  const today = Temporal.Instant.fromEpochMilliseconds(after).toZonedDateTimeISO(timeZone).toPlainDate();
  // From yesterday, whose late times a clock change may have moved into today, to a day that surely has one left.
  const days = [-1, 0, 1, 2].map((offset) => today.add({ days: offset }));
  const instants = days.flatMap((day) => localTimes.map((time) => instantAt(`${day}T${time}`, timeZone)));
  const next = Math.min(...instants.filter((at) => at > after));
  if (next === Number.POSITIVE_INFINITY) throw new Error("a schedule needs at least one local time");
  return next;
}

function instantAt(local: string, timeZone: string): number {
  const wall = Temporal.PlainDateTime.from(local);
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  const isShown = zoned.toPlainDateTime().equals(wall);
  return (isShown ? zoned : (zoned.getTimeZoneTransition("next") ?? zoned)).epochMilliseconds;
}
