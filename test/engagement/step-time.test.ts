import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { anchorWindow, type StepTime, stepTiming } from "../../edge/engagement/step-time.ts";
import type { SendHours } from "../../edge/send-hours.ts";

const HOUR_MS = 3_600_000;
const step = (changes: Partial<StepTime> = {}): StepTime => ({
  anchor: "appointment_start",
  offsetHours: 0,
  offsetDays: null,
  atLocal: null,
  slotMinutes: 60,
  latePolicy: "skip",
  minLeadMinutes: 0,
  quietRule: "later",
  expiresAfterMinutes: 240,
  ...changes,
});
const window = (timeZone: string): SendHours => ({
  timeZone,
  windowOpens: "09:00",
  windowCloses: "20:00",
  closedDays: [],
});
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const iso = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();

/** When it would be said, as ISO, reckoned at `now`; or why not. */
function said(when: StepTime, anchor: string, zone: string, now: string, personZone = zone): string {
  const timing = stepTiming(when, at(anchor), zone, window(personZone), at(now));
  return timing.when === "due" ? iso(timing.dueAt) : timing.when === "never" ? timing.reason : "later";
}

test("a reminder for the visit's own hour takes visits of the next hour, its end left out [NUDGE-1]", () => {
  const starts = ["2027-02-10T15:59:00Z", "2027-02-10T16:00:00Z", "2027-02-10T16:59:59Z", "2027-02-10T17:00:00Z"];
  const now = at("2027-02-10T16:00:00Z");
  const { fromAt, toAt } = anchorWindow(step(), now);
  const chosen = starts.filter((start) => {
    const isLooked = at(start) >= fromAt && at(start) < toAt;
    return isLooked && stepTiming(step(), at(start), "America/Denver", window("America/Denver"), now).when !== "later";
  });
  expect(chosen).toEqual(["2027-02-10T16:00:00Z", "2027-02-10T16:59:59Z"]);
});

test("after a run that crashed, the next one plans what fell due meanwhile; slots alone would miss it [NUDGE-5]", () => {
  const twoHours = step({ offsetHours: -2 });
  const start = "2027-02-10T19:10:00Z";
  expect(said(twoHours, start, "America/Denver", "2027-02-10T16:00:00Z")).toBe("later");
  expect(said(twoHours, start, "America/Denver", "2027-02-10T17:20:00Z")).toBe("2027-02-10T17:20:00Z");
  // Within [t+2 h, t+3 h) of the run at 17:20 lies 19:20, not 19:10: the slot had passed.
  expect(at(start)).toBeLessThan(at("2027-02-10T17:20:00Z") + 2 * HOUR_MS);
});

test("a text due before the hours of sending goes the evening before, an hour before they end [NUDGE-6]", () => {
  const early = step({ offsetHours: -2, quietRule: "earlier" });
  const start = "2027-02-10T15:30:00Z";
  expect(said(early, start, "America/Denver", "2027-02-10T01:20:00Z")).toBe("2027-02-10T02:00:00Z");
  const { fromAt, toAt } = anchorWindow(early, at("2027-02-10T01:20:00Z"));
  expect(at(start) >= fromAt && at(start) < toAt).toBe(true);
});

test("24 hours are elapsed hours: across the change to summer time the text comes an hour of the clock earlier [NUDGE-7]", () => {
  const day = step({ offsetHours: -24 });
  expect(said(day, "2027-03-14T16:00:00Z", "America/Denver", "2027-03-13T15:30:00Z")).toBe("2027-03-13T16:00:00Z");
});

test("across the change to winter time, 24 hours come an hour of the clock later [NUDGE-8]", () => {
  const day = step({ offsetHours: -24 });
  expect(said(day, "2027-11-07T16:00:00Z", "America/Denver", "2027-11-06T15:30:00Z")).toBe("2027-11-06T16:00:00Z");
});

test("the day before at 09:00 is 09:00 on the clock, on both days on which the clock changes [NUDGE-9]", () => {
  const dayBefore = step({ offsetHours: null, offsetDays: -1, atLocal: "09:00" });
  expect(said(dayBefore, "2027-03-14T16:00:00Z", "America/Denver", "2027-03-13T15:30:00Z")).toBe(
    "2027-03-13T16:00:00Z",
  );
  expect(said(dayBefore, "2027-11-07T16:00:00Z", "America/Denver", "2027-11-06T14:30:00Z")).toBe(
    "2027-11-06T15:00:00Z",
  );
});

test("what falls due at night waits for nine o'clock of the new day's clock, also when that changes in between [NUDGE-12]", () => {
  const later = step({ offsetHours: 1, expiresAfterMinutes: 1440 });
  expect(said(later, "2027-03-14T03:30:00Z", "America/Denver", "2027-03-14T04:30:00Z")).toBe("2027-03-14T15:00:00Z");
});

test("the hours are those of the clock where the person is, not of the office [NUDGE-13]", () => {
  const later = step({ offsetHours: 1, expiresAfterMinutes: 1440 });
  const due = "2027-07-01T23:30:00Z";
  expect(said(later, due, "America/Denver", "2027-07-02T00:30:00Z", "America/New_York")).toBe("2027-07-02T13:00:00Z");
  expect(said(later, due, "America/Denver", "2027-07-02T00:30:00Z")).toBe("2027-07-02T00:30:00Z");
});

test("a wall time that the clock skips moves forward by the gap, one that comes twice is the first [F-14]", () => {
  const morning = step({ offsetHours: null, offsetDays: 0, atLocal: "02:30", quietRule: "later" });
  const open = { ...window("America/Denver"), windowOpens: "00:00", windowCloses: "23:59" };
  const due = (anchor: string, zone: string, now: string) => {
    const timing = stepTiming(
      { ...morning, slotMinutes: 1440 },
      at(anchor),
      zone,
      { ...open, timeZone: zone },
      at(now),
    );
    return timing.when === "due" ? iso(timing.dueAt) : timing.when;
  };
  expect(due("2026-03-08T18:00:00Z", "America/Denver", "2026-03-08T07:00:00Z")).toBe("2026-03-08T09:30:00Z");
  expect(due("2026-03-29T12:00:00Z", "Europe/Oslo", "2026-03-29T00:00:00Z")).toBe("2026-03-29T01:30:00Z");
  const doubled = { ...morning, atLocal: "01:30", slotMinutes: 1440 };
  const first = stepTiming(doubled, at("2026-11-01T18:00:00Z"), "America/Denver", open, at("2026-11-01T06:30:00Z"));
  expect(first.when === "due" && iso(first.dueAt)).toBe("2026-11-01T07:30:00Z");
  const oslo = { ...open, timeZone: "Europe/Oslo" };
  const twice = { ...morning, atLocal: "02:30", slotMinutes: 1440 };
  const firstThere = stepTiming(twice, at("2026-10-25T12:00:00Z"), "Europe/Oslo", oslo, at("2026-10-24T23:00:00Z"));
  expect(firstThere.when === "due" && iso(firstThere.dueAt)).toBe("2026-10-25T00:30:00Z");
});

test("what is meant for the visit's own hour is not said after it: not by the quiet rule, nor hours late", () => {
  const early = "2027-02-10T15:30:00Z";
  expect(said(step(), early, "America/Denver", "2027-02-10T15:00:00Z")).toBe("no_time_left");
  const timing = stepTiming(
    step(),
    at("2027-02-10T17:00:00Z"),
    "America/Denver",
    window("America/Denver"),
    at("2027-02-10T16:30:00Z"),
  );
  expect(timing.when === "due" && iso(timing.notAfterAt)).toBe("2027-02-10T18:00:00Z");
});

test("a word at the end of the visit is said at its end, and found by runs after it", () => {
  const thanks = step({ anchor: "appointment_end" });
  const [end, now] = ["2027-02-10T19:00:00Z", "2027-02-10T19:10:00Z"];
  expect(said(thanks, end, "America/Denver", now)).toBe(now);
  const { fromAt, toAt } = anchorWindow(thanks, at(now));
  expect(at("2027-02-10T18:00:00Z") >= fromAt && at(end) < toAt).toBe(true);
});

test("a visit booked too late for its reminder is recorded as such, or told at once where the step says so", () => {
  const day = step({ offsetHours: -24 });
  const start = "2027-02-10T19:00:00Z";
  const now = "2027-02-10T17:00:00Z";
  expect(said(day, start, "America/Denver", now)).toBe("late_booking");
  expect(said({ ...day, latePolicy: "send" }, start, "America/Denver", now)).toBe("2027-02-10T17:00:00Z");
  const withLead = step({ offsetHours: -24, latePolicy: "send", minLeadMinutes: 180 });
  expect(said(withLead, start, "America/Denver", now)).toBe("no_time_left");
});

const ZONES = Intl.supportedValuesOf("timeZone");
const anyStep = fc.record({
  offset: fc.oneof(
    fc.record({ hours: fc.integer({ min: -72, max: 72 }) }),
    fc.record({ days: fc.integer({ min: -5, max: 5 }), hour: fc.integer({ min: 0, max: 23 }) }),
  ),
  quietRule: fc.constantFrom("earlier" as const, "later" as const, "drop" as const),
  latePolicy: fc.constantFrom("skip" as const, "send" as const),
  minLeadMinutes: fc.integer({ min: 0, max: 600 }),
  expiresAfterMinutes: fc.integer({ min: 1, max: 3000 }),
  slotMinutes: fc.integer({ min: 1, max: 240 }),
});
const FROM = at("2026-01-01T00:00:00Z");
const TWO_YEARS_MS = 2 * 366 * 24 * HOUR_MS;

test("in every zone over two years: what a run plans lies in its window, ends in time, and is found by its search", () => {
  const zone = fc.constantFrom(...ZONES);
  const instant = fc.integer({ min: 0, max: TWO_YEARS_MS }).map((ms) => FROM + ms);
  fc.assert(
    fc.property(
      anyStep,
      zone,
      zone,
      instant,
      fc.integer({ min: -120, max: 120 }),
      (parts, office, person, anchorAt, ago) => {
        const { offset, ...rest } = parts;
        const when = step({
          ...rest,
          offsetHours: "hours" in offset ? offset.hours : null,
          offsetDays: "days" in offset ? offset.days : null,
          atLocal: "days" in offset ? `${String(offset.hour).padStart(2, "0")}:00` : null,
        });
        const now = anchorAt + ago * HOUR_MS;
        const timing = stepTiming(when, anchorAt, office, window(person), now);
        if (timing.when !== "due") return;
        expect(timing.dueAt).toBeGreaterThanOrEqual(now);
        expect(timing.notAfterAt).toBeGreaterThan(timing.dueAt);
        // Said ahead of time, it is said within the hours; said late, at once: then the gate looks at the hours.
        if (timing.dueAt > now) expect(isOpen(person, timing.dueAt)).toBe(true);
        const { fromAt, toAt } = anchorWindow(when, now);
        const isBefore = "hours" in offset ? offset.hours < 0 : offset.days < 0;
        if (isBefore)
          expect(timing.notAfterAt).toBeLessThanOrEqual(
            Math.max(anchorAt - when.minLeadMinutes * 60_000, timing.dueAt),
          );
        // A run that is not hours late searches where this is.
        const isRecent = "hours" in offset && now - (anchorAt + offset.hours * HOUR_MS) < HOUR_MS;
        if (isRecent) expect(anchorAt >= fromAt && anchorAt < toAt).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
});

function isOpen(zone: string, ms: number): boolean {
  const time = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainTime();
  return (
    Temporal.PlainTime.compare(time, Temporal.PlainTime.from("09:00")) >= 0 &&
    Temporal.PlainTime.compare(time, Temporal.PlainTime.from("20:00")) < 0
  );
}
