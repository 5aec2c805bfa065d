import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { firstObjection, type GateFacts, judge } from "../../edge/delivery/gate.ts";
import { nextSendAt, windowClosesAt } from "../../edge/send-hours.ts";
import { TenantSettings } from "../../edge/tenant-settings.ts";
import { commonGroundTenant } from "../../templates/tenants/common-ground.ts";

const DAY_MS = 86_400_000;
const zones = Intl.supportedValuesOf("timeZone");
const twoYears = fc.integer({ min: Date.UTC(2025, 5, 1), max: Date.UTC(2027, 5, 1) });
const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
const offices = fc
  .record({
    timeZone: fc.constantFrom(...zones),
    from: minute,
    to: minute,
    closed: fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 6 }),
  })
  .filter(({ from, to }) => from < to);

test("texts leave inside the office's hours and never on a closed day, in every zone over two years", () => {
  fc.assert(
    fc.property(offices, twoYears, ({ timeZone, from, to, closed }, now) => {
      const closedDays = closed.map((days) => wallOf(now + days * DAY_MS, timeZone).day);
      const office = { timeZone, windowOpens: hhmm(from), windowCloses: hhmm(to), closedDays };
      const { at } = nextSendAt(office, now);
      const wall = wallOf(at, timeZone);
      expect(at).toBeGreaterThanOrEqual(now);
      expect(at - now).toBeLessThan(12 * DAY_MS);
      expect(wall.time >= office.windowOpens && wall.time < office.windowCloses, `${wall.day} ${wall.time}`).toBe(true);
      expect(closedDays).not.toContain(wall.day);
      expect(nextSendAt(office, at).at).toBe(at);
      const closes = windowClosesAt(office, at);
      expect(closes).toBeGreaterThan(at);
      expect(wallOf(closes - 1, timeZone).time < office.windowCloses).toBe(true);
    }),
    { numRuns: 1500 },
  );
});

test("a window that would never open is refused as a setting", () => {
  const { settings } = commonGroundTenant();
  const office = { ...settings.office, windowOpens: "20:00", windowCloses: "09:00" };
  const result = TenantSettings.safeParse({ ...settings, office });
  expect(result.error?.issues.map(({ path }) => path.join("."))).toEqual(["office.windowCloses"]);
});

test("an office that is always closed is asked about again a day later, without end", () => {
  const office = { timeZone: "America/New_York", windowOpens: "20:00", windowCloses: "09:00", closedDays: [] };
  expect(nextSendAt(office, 0).at).toBe(DAY_MS);
});

describe("in New York nothing is sent at 21:30 and 07:00, and at 10:00 it is [ASK-37]", () => {
  test.each(["2026-01-15", "2026-07-04", "2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01"])("on %s", (day) => {
    const night = objectionAt(day, "21:30");
    expect(night).toMatchObject({ action: "defer", reason: "quiet_hours" });
    const nextDay = Temporal.PlainDate.from(day).add({ days: 1 }).toString();
    expect(night && "until" in night && night.until).toBe(instant(nextDay, "09:00"));
    expect(objectionAt(day, "07:00")).toMatchObject({ action: "defer", until: instant(day, "09:00") });
    expect(objectionAt(day, "08:59")).toMatchObject({ action: "defer", until: instant(day, "09:00") });
    expect(objectionAt(day, "20:00")).toMatchObject({ action: "defer", reason: "quiet_hours" });
    expect(objectionAt(day, "09:00")).toBeNull();
    expect(objectionAt(day, "10:00")).toBeNull();
    expect(objectionAt(day, "19:59")).toBeNull();
  });
});

test("what would leave only after it stopped being worth saying expires instead of waiting", () => {
  const now = instant("2026-01-15", "21:30");
  const facts = { ...fine, notAfterAt: now + 3_600_000 };
  expect(firstObjection(judge(facts, now))).toMatchObject({ action: "expire", reason: "too_old" });
});

test("the first gate that objects decides, in the order that people are told about", () => {
  const now = instant("2026-01-15", "10:00");
  const bad: GateFacts = {
    ...fine,
    paused: "by hand",
    visitProblem: "not_seen",
    objection: "opted_out",
    contact: { state: "landline" },
    answered: true,
    textedToday: true,
    missingFields: ["link"],
    onAllowList: false,
  };
  const reasons = judge(bad, now).flatMap((verdict) => (verdict.pass ? [] : [verdict.reason]));
  expect(reasons).toEqual([
    "paused",
    "not_seen",
    "opted_out",
    "landline",
    "already_answered",
    "already_texted",
    "missing_field",
    "not_on_allow_list",
  ]);
});

const fine: GateFacts = {
  tenantActive: true,
  paused: null,
  channel: "sms",
  kind: "survey_invite",
  notAfterAt: Number.MAX_SAFE_INTEGER,
  lateAs: "too_old",
  office: {
    status: "active",
    timeZone: "America/New_York",
    windowOpens: "09:00",
    windowCloses: "20:00",
    closedDays: [],
  },
  visitProblem: null,
  dataReadAt: Number.MAX_SAFE_INTEGER,
  silentAfterHours: 26,
  contact: { state: "ok" },
  phoneProblem: null,
  category: "care",
  objection: null,
  answered: false,
  textedToday: false,
  cap: null,
  onePerPhonePerDay: true,
  onAllowList: true,
  isNudge: false,
  isOverBudget: false,
  missingFields: [],
};

function objectionAt(day: string, time: string) {
  return firstObjection(judge(fine, instant(day, time)));
}

function instant(day: string, time: string): number {
  return Temporal.PlainDateTime.from(`${day}T${time}`).toZonedDateTime("America/New_York").epochMilliseconds;
}

function hhmm(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** The wall clock by the runtime's own formatter: another implementation than the product's. */
function wallOf(at: number, timeZone: string): { day: string; time: string } {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
    formats.set(timeZone, format);
  }
  const [day = "", time = ""] = format.format(at).split(" ");
  return { day, time };
}
