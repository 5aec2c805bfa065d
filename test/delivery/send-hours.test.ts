import fc from "fast-check";
import { expect, test } from "vitest";
import { CATEGORIES } from "../../db/schema/nudges.ts";
import { CALLING_HOURS, callingHours } from "../../edge/calling-hours.ts";
import { stepTiming } from "../../edge/engagement/step-time.ts";
import { hoursFor, lastEvening, nextSendAt, windowClosesAt } from "../../edge/send-hours.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const ZONES = Intl.supportedValuesOf("timeZone");
const STATES = [...new Set(CALLING_HOURS.map(({ state }) => state)), "CO"].filter((state) => state !== "US");
const zone = fc.constantFrom(...ZONES);
const twoYears = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) });
const office = fc.record({
  timeZone: zone,
  state: fc.option(fc.constantFrom(...STATES)),
  windowOpens: fc.constantFrom("00:00", "07:30", "09:00"),
  windowCloses: fc.constantFrom("18:00", "20:00", "23:59"),
  closedDays: fc.constant([] as string[]),
});
const person = fc.record({
  timeZone: fc.option(
    fc.oneof(
      zone,
      fc.tuple(zone, zone).map((both) => both.join(" ")),
    ),
  ),
  phoneZones: fc.option(zone),
  state: fc.option(fc.constantFrom(...STATES)),
});

/** Said once more, and otherwise than the product says it: minute by minute, by the runtime's own formatter. */
function mayWrite(at: number, own: Office, where: Person, category: string): boolean {
  const byZip = where.timeZone?.split(" ") ?? [];
  const byPhone = where.phoneZones && (byZip.length === 0 || category === "marketing") ? [where.phoneZones] : [];
  const clocks = [...(byZip.length > 0 ? byZip : [own.timeZone]), ...byPhone];
  const laws = callingHours(category, where.state ?? own.state);
  return clocks.every((clock) => {
    const { day, time, weekday } = wallOf(at, clock);
    if (time < own.windowOpens || time >= own.windowCloses) return false;
    return laws.every(({ from = "", until = "9", weekdays, isClosed, opens, closes }) => {
      if (day < from || day >= until || (weekdays && !weekdays.includes(weekday))) return true;
      return !isClosed && time >= opens && time < closes;
    });
  });
}

type Office = {
  timeZone: string;
  state: string | null;
  windowOpens: string;
  windowCloses: string;
  closedDays: string[];
};
type Person = { timeZone: string | null; phoneZones: string | null; state: string | null };

test("nothing is begun, nor may it arrive, outside the strictest of the clinic's hours, the state's and the federal ones, by every clock that counts", () => {
  fc.assert(
    fc.property(office, person, fc.constantFrom(...CATEGORIES), twoYears, (own, where, category, now) => {
      const hours = hoursFor(own, where, { category, channel: "sms" });
      const { at, closedDay } = nextSendAt(hours, now);
      expect(at).toBeGreaterThanOrEqual(now);
      // Some clocks are never open at once; then it is asked again, and nothing is sent.
      if (closedDay) {
        expect(at).toBe(now + DAY_MS);
        return;
      }
      expect(mayWrite(at, own, where, category)).toBe(true);
      const closes = windowClosesAt(hours, at);
      expect(closes - at).toBeGreaterThanOrEqual(MINUTE_MS);
      expect(mayWrite(closes - 1, own, where, category)).toBe(true);
      expect(nextSendAt(hours, at).at).toBe(at);
      const evening = lastEvening(hours, now);
      if (evening !== null) expect(evening < now && mayWrite(evening, own, where, category)).toBe(true);
      // Not later than it need be.
      for (let before = at - 13 * MINUTE_MS; before >= now && before > at - DAY_MS; before -= 61 * MINUTE_MS)
        if (mayWrite(before, own, where, category))
          expect(mayWrite(before + MINUTE_MS - 1, own, where, category)).toBe(false);
    }),
    { numRuns: 1_500 },
  );
});

test("what a step plans ahead, the gate lets out at that very time", () => {
  const rule = fc.constantFrom("earlier" as const, "later" as const, "drop" as const);
  const step = {
    anchor: "appointment_start" as const,
    offsetDays: null,
    atLocal: null,
    slotMinutes: 60,
    latePolicy: "send" as const,
    minLeadMinutes: 0,
  };
  fc.assert(
    fc.property(
      office,
      person,
      fc.constantFrom(...CATEGORIES),
      twoYears,
      rule,
      (own, where, category, now, quietRule) => {
        const hours = hoursFor(own, where, { category, channel: "sms" });
        const when = { ...step, offsetHours: -3, quietRule, expiresAfterMinutes: 600 };
        const timing = stepTiming(when, now + 200 * MINUTE_MS, own.timeZone, hours, now);
        if (timing.when === "due" && timing.dueAt > now) expect(nextSendAt(hours, timing.dueAt).at).toBe(timing.dueAt);
      },
    ),
    { numRuns: 1_000 },
  );
});

const colorado = {
  state: "CO",
  windowOpens: "09:00",
  windowCloses: "23:00",
  closedDays: [],
  timeZone: "America/Denver",
};
const nowhere = { timeZone: null, phoneZones: null, state: null };
const opens = (where: Partial<Person>, category: string, from: string, channel = "sms") =>
  new Date(
    nextSendAt(hoursFor(colorado, { ...nowhere, ...where }, { category, channel }), Date.parse(from)).at,
  ).toISOString();

test.each([
  // Federal: until 21:00 at the person's clock; the clinic's own hours bind all else.
  ["CO", "America/Denver", "marketing", "2026-07-01T03:00Z", "2026-07-01T15:00:00.000Z"],
  ["CO", "America/Denver", "transactional", "2026-07-01T03:00Z", "2026-07-01T03:00:00.000Z"],
  ["FL", "America/New_York", "marketing", "2026-07-01T00:00Z", "2026-07-01T13:00:00.000Z"],
  ["FL", "America/New_York", "marketing", "2026-06-30T23:59Z", "2026-06-30T23:59:00.000Z"],
  // Sundays: from noon in Texas, not at all in Alabama. Both days of the change of the clocks are Sundays.
  ["TX", "America/Chicago", "marketing", "2026-03-08T08:00Z", "2026-03-08T17:00:00.000Z"],
  ["TX", "America/Chicago", "marketing", "2026-11-01T08:00Z", "2026-11-01T18:00:00.000Z"],
  ["AL", "America/Chicago", "marketing", "2026-03-08T08:00Z", "2026-03-09T14:00:00.000Z"],
  ["CT", "America/New_York", "marketing", "2023-09-30T00:30Z", "2023-09-30T00:30:00.000Z"],
  ["CT", "America/New_York", "marketing", "2023-10-02T00:30Z", "2023-10-02T13:00:00.000Z"],
])("to somebody in %s (%s), %s that is ready at %s leaves at %s", (state, timeZone, category, from, at) => {
  expect(opens({ state, timeZone }, category, from)).toBe(at);
});

test("an area code counts beside the office's clock where no ZIP code is known, and for marketing always", () => {
  const number = { phoneZones: "America/Los_Angeles" };
  const known = { ...number, timeZone: "America/Denver", state: "CO" };
  expect(opens(number, "care", "2026-07-01T15:00Z")).toBe("2026-07-01T16:00:00.000Z");
  expect(opens(known, "care", "2026-07-01T15:00Z")).toBe("2026-07-01T15:00:00.000Z");
  expect(opens(known, "marketing", "2026-07-01T15:00Z")).toBe("2026-07-01T16:00:00.000Z");
  // The laws are about calls and texts.
  expect(opens(known, "marketing", "2026-07-01T15:00Z", "mail")).toBe("2026-07-01T15:00:00.000Z");
});

const formats = new Map<string, Intl.DateTimeFormat>();
function wallOf(at: number, timeZone: string): { day: string; time: string; weekday: number } {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
    formats.set(timeZone, format);
  }
  const [day = "", time = ""] = format.format(at).split(" ");
  return { day, time, weekday: new Date(`${day}T12:00Z`).getUTCDay() || 7 };
}
