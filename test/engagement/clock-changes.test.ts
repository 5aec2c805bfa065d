import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { type StepTime, stepTiming } from "../../edge/engagement/step-time.ts";

const STEP: StepTime = {
  anchor: "appointment_start",
  offsetHours: null,
  offsetDays: -1,
  atLocal: "09:00",
  slotMinutes: 60,
  latePolicy: "skip",
  minLeadMinutes: 0,
  quietRule: "later",
  expiresAfterMinutes: 240,
};
const HOURS_BEFORE = { offsetDays: null, atLocal: null, offsetHours: -24 };

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;

/** When a run half an hour before the expected time would have it said, in UTC. */
function dueAt(step: Partial<StepTime>, startsAt: string, timeZone: string, expected: string): string {
  const window = { timeZone, windowOpens: "00:00", windowCloses: "23:59", closedDays: [] };
  const timing = stepTiming({ ...STEP, ...step }, at(startsAt), timeZone, window, at(expected) - 30 * 60_000);
  if (timing.when !== "due") throw new Error(`not due: ${timing.when}`);
  return Temporal.Instant.fromEpochMilliseconds(timing.dueAt).toString();
}

test.each([
  // The day after the clock change, the day before it: nine o'clock stays nine o'clock on the wall.
  ["America/Denver", "2026-03-08T16:00:00Z", "2026-03-07T16:00:00Z"],
  ["America/Denver", "2026-03-09T15:00:00Z", "2026-03-08T15:00:00Z"],
  ["America/Denver", "2026-11-01T16:00:00Z", "2026-10-31T15:00:00Z"],
  ["America/Denver", "2026-11-02T16:00:00Z", "2026-11-01T16:00:00Z"],
  ["Europe/Oslo", "2026-03-29T08:00:00Z", "2026-03-28T08:00:00Z"],
  ["Europe/Oslo", "2026-03-30T07:00:00Z", "2026-03-29T07:00:00Z"],
  ["Europe/Oslo", "2026-10-25T08:00:00Z", "2026-10-24T07:00:00Z"],
  ["Europe/Oslo", "2026-10-26T08:00:00Z", "2026-10-25T08:00:00Z"],
])("in %s a visit at %s is told of the day before at nine on the wall, %s [F-14]", (timeZone, startsAt, expected) => {
  expect(dueAt({}, startsAt, timeZone, expected)).toBe(expected);
});

test.each([
  // 02:30 is skipped: it moves forward by the hour. 01:30 and 02:30 come twice: the first one counts.
  ["America/Denver", "02:30", "2026-03-09T18:00:00Z", "2026-03-08T09:30:00Z"],
  ["America/Denver", "01:30", "2026-11-02T18:00:00Z", "2026-11-01T07:30:00Z"],
  ["Europe/Oslo", "02:30", "2026-03-30T12:00:00Z", "2026-03-29T01:30:00Z"],
  ["Europe/Oslo", "02:30", "2026-10-26T12:00:00Z", "2026-10-25T00:30:00Z"],
])(
  "in %s what is to be said at %s of a skipped or doubled hour, before a visit at %s, is said once at %s [F-14]",
  (timeZone, atLocal, startsAt, expected) => {
    expect(dueAt({ atLocal }, startsAt, timeZone, expected)).toBe(expected);
  },
);

test("hours before a visit are hours, whatever the clock does in between [F-14]", () => {
  const visits = ["2026-03-08T16:00:00Z", "2026-11-01T16:00:00Z"].map(
    (startsAt) => [startsAt, "America/Denver"] as const,
  );
  for (const [startsAt, timeZone] of visits) {
    const expected = Temporal.Instant.from(startsAt).subtract({ hours: 24 }).toString();
    expect(dueAt(HOURS_BEFORE, startsAt, timeZone, expected)).toBe(expected);
  }
});
