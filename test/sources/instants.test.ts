import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { decideAsk } from "../../edge/engagement/decide-ask.ts";
import { readRows } from "../../edge/sources/read-rows.ts";
import { TenantSettings } from "../../edge/tenant-settings.ts";
import { commonGroundTenant } from "../../templates/tenants/common-ground.ts";
import { seenVisit } from "../visits.ts";

describe("a visit's wall time is the right instant on both days on which clocks change [ASK-27]", () => {
  test.each([
    ["America/New_York", "2026-03-08T01:59", "2026-03-08T06:59Z"],
    ["America/New_York", "2026-03-08T03:00", "2026-03-08T07:00Z"],
    ["America/New_York", "2026-03-08T09:05", "2026-03-08T13:05Z"],
    ["America/New_York", "2026-03-07T09:05", "2026-03-07T14:05Z"],
    ["America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z"],
    ["America/New_York", "2026-11-01T09:05", "2026-11-01T14:05Z"],
    ["America/Denver", "2026-11-01T01:30", "2026-11-01T07:30Z"],
    ["Europe/Oslo", "2026-03-29T03:00", "2026-03-29T01:00Z"],
    ["Europe/Oslo", "2026-10-25T02:30", "2026-10-25T00:30Z"],
  ])("in %s, %s is %s", (zone, wall, expected) => {
    expect(instantOf(wall, zone)).toBe(Date.parse(expected));
  });

  test.each([
    ["America/New_York", "2026-03-08T02:30"],
    ["Europe/Oslo", "2026-03-29T02:00"],
  ])("in %s, %s does not exist and is no instant", (zone, wall) => {
    expect(instantOf(wall, zone)).toBeNull();
  });
});

test("wall time and instant are two names for one moment, in every zone over two years", () => {
  const zones = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
  const minutes = fc.integer({ min: Date.UTC(2025, 5, 1) / 60_000, max: Date.UTC(2027, 5, 1) / 60_000 });
  fc.assert(
    fc.property(zones, minutes, (zone, minute) => {
      const wall = wallOf(minute * 60_000, zone);
      const back = instantOf(wall, zone);
      expect(back).not.toBeNull();
      // In a doubled hour the first instance is meant.
      expect([minute * 60_000, minute * 60_000 - 3_600_000, minute * 60_000 - 1_800_000]).toContain(back);
      expect(wallOf(back ?? 0, zone)).toBe(wall);
    }),
    { numRuns: 500 },
  );
});

test("over a change of clocks a visit is asked about for 48 hours on the clock of physics, and then no more [ASK-27]", () => {
  const settings = TenantSettings.parse(commonGroundTenant().settings);
  for (const day of ["2026-03-07", "2026-11-01", "2026-06-10"]) {
    const startsAt = instantOf(`${day}T17:00`, "America/New_York") ?? 0;
    const visit = {
      status: "fulfilled",
      provider: "CNS",
      serviceType: "CLINICIAN",
      startsAt,
      removedAt: null,
      isDeceased: 0,
      doNotContact: 0,
      patientRemovedAt: null,
    } as const;
    expect(decideAsk(visit, settings, startsAt + 48 * 3_600_000 - 1)).toMatchObject({ ask: true });
    expect(decideAsk(visit, settings, startsAt + 48 * 3_600_000)).toEqual({ ask: false, reason: "too_old" });
  }
});

/** The instant that a pushed row with this wall time gets; null when the row is rejected for it. */
function instantOf(wall: string, timeZone: string): number | null {
  const settings = TenantSettings.parse(commonGroundTenant().settings);
  const day = wall.slice(0, 10);
  const inZone = { ...settings, office: { ...settings.office, timeZone } };
  const today = Temporal.PlainDate.from("2026-06-01");
  return readRows([seenVisit({ startsAt: wall })], day, inZone, today).good[0]?.startsAtMs ?? null;
}

function wallOf(at: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return format.format(at).replace(" ", "T");
}
