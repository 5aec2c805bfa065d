import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { nextLocalTime } from "../../edge/sources/next-local-time.ts";

const ZONES = Intl.supportedValuesOf("timeZone").filter((zone) => zone.includes("/"));
const zone = fc.constantFrom(...ZONES);
const localTimes = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })), { minLength: 1, maxLength: 4 })
  .map((times) => times.map(([hour, minute]) => [hour, minute].map((part) => String(part).padStart(2, "0")).join(":")));
const instant = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) });

function wall(at: number, timeZone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  return zoned.toPlainDateTime().toString({ smallestUnit: "minute" });
}

const inZone = (text: string) => Temporal.ZonedDateTime.from(text).epochMilliseconds;

test("in every zone the next time is later, at most a day and a clock change away, and shows a listed time unless skipped", () => {
  fc.assert(
    fc.property(localTimes, zone, instant, (times, timeZone, after) => {
      const next = nextLocalTime(times, timeZone, after);
      expect(next).toBeGreaterThan(after);
      expect(next - after).toBeLessThanOrEqual(27 * 3_600_000);
      const shown = wall(next, timeZone);
      const wasSkipped = wall(next - 60_000, timeZone) !== earlierMinute(shown);
      expect(times.includes(shown.slice(11)) || wasSkipped).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("a year of next times has each listed local day and time exactly once, also on days with a clock change", () => {
  fc.assert(
    fc.property(
      zone,
      fc.integer({ min: 2024, max: 2028 }),
      fc.constantFrom("00:30", "01:30", "02:30", "12:15"),
      (timeZone, year, time) => {
        const days: string[] = [];
        const end = inZone(`${year + 1}-01-01T00:00[${timeZone}]`);
        let at = inZone(`${year}-01-01T00:00[${timeZone}]`);
        for (at = nextLocalTime([time], timeZone, at); at < end; at = nextLocalTime([time], timeZone, at)) {
          days.push(wall(at, timeZone).slice(0, 10));
        }
        expect(days).toHaveLength(year % 4 === 0 ? 366 : 365);
        expect(new Set(days).size).toBe(days.length);
      },
    ),
    { numRuns: 15 },
  );
});

test.each([
  // The clock goes from 02:00 to 03:00: a time in between counts when it goes on.
  ["02:30", "America/Denver", "2026-03-08T00:00-07:00", "2026-03-08T03:00-06:00"],
  ["02:30", "America/Denver", "2026-03-08T03:00-06:00", "2026-03-09T02:30-06:00"],
  ["02:15", "Europe/Oslo", "2026-03-29T00:00+01:00", "2026-03-29T03:00+02:00"],
  // It goes through an hour twice: the first one counts, the second does not come again.
  ["01:30", "America/Denver", "2026-11-01T00:00-06:00", "2026-11-01T01:30-06:00"],
  ["01:30", "America/Denver", "2026-11-01T01:30-06:00", "2026-11-02T01:30-07:00"],
  ["02:30", "Europe/Oslo", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"],
  // A time that is there on both days keeps its place on the wall.
  ["12:15", "America/New_York", "2026-03-07T13:00-05:00", "2026-03-08T12:15-04:00"],
  ["12:15", "America/New_York", "2026-10-31T13:00-04:00", "2026-11-01T12:15-05:00"],
])("%s in %s after %s is %s", (time, timeZone, after, next) => {
  const at = Temporal.Instant.from(after).epochMilliseconds;
  expect(nextLocalTime([time], timeZone, at)).toBe(Temporal.Instant.from(next).epochMilliseconds);
});

function earlierMinute(local: string): string {
  return Temporal.PlainDateTime.from(local).subtract({ minutes: 1 }).toString({ smallestUnit: "minute" });
}
