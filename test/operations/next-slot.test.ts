import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { nextSlot, type Rhythm } from "../../edge/operations/next-slot.ts";
import { Schedule } from "../../edge/schedule-settings.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone.includes("/"))];
const zone = fc.constantFrom(...ZONES);
/** Two years. */
const instant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) });
const minuteOfDay = fc.integer({ min: 0, max: 1439 });
const localTimes = fc.array(minuteOfDay.map(clock), { minLength: 1, maxLength: 4 });
const interval = fc
  .tuple(fc.integer({ min: 5, max: 240 }), minuteOfDay, minuteOfDay)
  .filter(([, one, other]) => one !== other)
  .map(([everyMinutes, one, other]) => ({
    everyMinutes,
    windowOpens: clock(Math.min(one, other)),
    windowCloses: clock(Math.max(one, other)),
  }));

const ALL_DAY = { everyMinutes: null, windowOpens: "00:00", windowCloses: "24:00", weekdays: null, closedDays: [] };

function rhythm(part: Partial<Rhythm>): Rhythm {
  return { timeZone: "UTC", localTimes: [], ...ALL_DAY, ...part };
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** All slots from `from` (exclusive) to `to` (exclusive), as instants in UTC. */
function slots(of: Rhythm, from: string, to: string): string[] {
  const end = Date.parse(to);
  const found: string[] = [];
  for (let at = nextSlot(of, Date.parse(from)); at < end; at = nextSlot(of, at)) found.push(iso(at));
  return found;
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(":00.000Z", "Z");
}

function wall(at: number, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDateTime();
}

const LEGACY = rhythm({ everyMinutes: 40, windowOpens: "15:00", windowCloses: "24:00" });

test("the legacy profile runs fourteen times a day, 15:00Z to 23:40Z, in winter as in summer [NUDGE-14]", () => {
  expect(Schedule.parse({ kind: "import", source: "concrete", profile: "legacy" })).toMatchObject({
    everyMinutes: 40,
    timeZone: "UTC",
    windowOpens: "15:00",
    windowCloses: "24:00",
  });
  const runs = "15:00 15:40 16:20 17:00 17:40 18:20 19:00 19:40 20:20 21:00 21:40 22:20 23:00 23:40".split(" ");
  for (const day of ["2027-02-10", "2027-07-10"]) {
    const found = slots(LEGACY, `${day}T00:00:00Z`, `${day}T23:59:59Z`);
    expect(found).toEqual(runs.map((time) => `${day}T${time}Z`));
  }
  expect(iso(nextSlot(LEGACY, Date.parse("2027-02-10T23:40:00Z")))).toBe("2027-02-11T15:00Z");
  expect(iso(nextSlot(LEGACY, Date.parse("2027-02-10T14:59:00Z")))).toBe("2027-02-10T15:00Z");
});

test("every 40 minutes from 08:00 to 18:00 in Denver is fifteen runs by the local clock, on both sides of a clock change [NUDGE-15]", () => {
  const denver = rhythm({
    timeZone: "America/Denver",
    everyMinutes: 40,
    windowOpens: "08:00",
    windowCloses: "18:00",
  });
  const days = [
    ["2027-03-13", "2027-03-13T15:00Z"],
    ["2027-03-14", "2027-03-14T14:00Z"],
    ["2027-11-06", "2027-11-06T14:00Z"],
    ["2027-11-07", "2027-11-07T15:00Z"],
  ] as const;
  for (const [day, first] of days) {
    const found = slots(denver, `${day}T08:00:00Z`, `${day}T08:00:00Z`.replace(day, nextDay(day)));
    expect(found[0]).toBe(first);
    expect(found).toHaveLength(15);
    expect(wall(Date.parse(found[14] ?? ""), "America/Denver").toString()).toBe(`${day}T17:20:00`);
  }
});

function nextDay(day: string): string {
  return Temporal.PlainDate.from(day).add({ days: 1 }).toString();
}

test("a daily time in a doubled hour runs once, the first time; in a skipped hour once, moved forward [NUDGE-16]", () => {
  const daily = (time: string) => rhythm({ timeZone: "America/Denver", localTimes: [time] });
  expect(slots(daily("01:30"), "2027-11-07T06:00:00Z", "2027-11-08T06:00:00Z")).toEqual(["2027-11-07T07:30Z"]);
  expect(slots(daily("02:30"), "2027-03-14T07:00:00Z", "2027-03-15T07:00:00Z")).toEqual(["2027-03-14T09:30Z"]);
});

test.each([
  ["America/Denver", "02:30", "2026-03-08T00:00-07:00", "2026-03-08T03:30-06:00"],
  ["America/Denver", "02:30", "2026-03-08T03:30-06:00", "2026-03-09T02:30-06:00"],
  ["Europe/Oslo", "02:15", "2026-03-29T00:00+01:00", "2026-03-29T03:15+02:00"],
  ["America/Denver", "01:30", "2026-11-01T00:00-06:00", "2026-11-01T01:30-06:00"],
  ["America/Denver", "01:30", "2026-11-01T01:30-06:00", "2026-11-02T01:30-07:00"],
  ["Europe/Oslo", "02:30", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"],
  ["America/New_York", "12:15", "2026-03-07T13:00-05:00", "2026-03-08T12:15-04:00"],
  // Greenland's east loses the last hour of a day: its 23:30 ends up after the next day's 00:15.
  ["America/Scoresbysund", "23:30", "2027-03-27T22:59-02:00", "2027-03-28T00:30-01:00"],
])("in %s the listed time %s after %s is %s [F-14]", (timeZone, time, after, next) => {
  expect(nextSlot(rhythm({ timeZone, localTimes: [time] }), instantOf(after))).toBe(instantOf(next));
});

function instantOf(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}

test("a slot that nobody was there for is followed by the next that is still to come, not by all that were missed", () => {
  expect(iso(nextSlot(LEGACY, Date.parse("2027-02-10T15:30:00Z")))).toBe("2027-02-10T15:40Z");
  expect(iso(nextSlot(LEGACY, Date.parse("2027-02-10T21:59:00Z")))).toBe("2027-02-10T22:20Z");
});

test("weekdays that are not named and closed days have no slots", () => {
  const weekdays = rhythm({ localTimes: ["09:00"], weekdays: [1, 5], closedDays: ["2027-02-12"] });
  // 2027-02-08 is a Monday.
  expect(slots(weekdays, "2027-02-07T00:00:00Z", "2027-02-20T00:00:00Z")).toEqual([
    "2027-02-08T09:00Z",
    "2027-02-15T09:00Z",
    "2027-02-19T09:00Z",
  ]);
  expect(() => nextSlot(rhythm({}), 0)).toThrow("no slot");
});

test("in every zone, slots of an interval come one after the other, lie in their window, and never leave out more than a clock change", () => {
  fc.assert(
    fc.property(interval, zone, instant, (window, timeZone, after) => {
      const of = rhythm({ ...window, timeZone });
      const [one, other] = [nextSlot(of, after), nextSlot(of, nextSlot(of, after))];
      expect(one).toBeGreaterThan(after);
      expect(other).toBeGreaterThan(one);
      expect(one - after).toBeLessThanOrEqual(DAY_MS + 3 * HOUR_MS);
      const shown = wall(one, timeZone);
      const isMoved = !wall(one - 60_000, timeZone).equals(shown.subtract({ minutes: 1 }));
      const time = shown.toPlainTime().toString({ smallestUnit: "minute" });
      expect(isMoved || (time >= window.windowOpens && time < window.windowCloses)).toBe(true);
    }),
    { numRuns: 1_500 },
  );
});

test("in every zone, a listed time comes once a local day for two years, and none is left out", () => {
  fc.assert(
    fc.property(zone, minuteOfDay.map(clock), (timeZone, time) => {
      const of = rhythm({ timeZone, localTimes: [time] });
      const from = Temporal.PlainDate.from("2026-01-01").toZonedDateTime(timeZone).epochMilliseconds - 1;
      const end = Temporal.PlainDate.from("2028-01-01").toZonedDateTime(timeZone).epochMilliseconds;
      let count = 0;
      for (let at = nextSlot(of, from), last = from; at < end; last = at, at = nextSlot(of, at)) {
        expect(at).toBeGreaterThan(last);
        count += 1;
      }
      expect(count).toBe(730);
    }),
    { numRuns: 25 },
  );
});

test("in every zone, the next of several listed times is the nearest of each one's own", () => {
  fc.assert(
    fc.property(localTimes, zone, instant, (times, timeZone, after) => {
      const alone = times.map((time) => nextSlot(rhythm({ timeZone, localTimes: [time] }), after));
      expect(nextSlot(rhythm({ timeZone, localTimes: times }), after)).toBe(Math.min(...alone));
    }),
    { numRuns: 500 },
  );
});
