import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decideCorrection } from "../../edge/engagement/decide-correction.ts";
import type { Line } from "../clinic-line.ts";
import { type Desk, operator, startDesk } from "../harness.ts";
import { booking, lastOf, person, pushImport } from "../imports.ts";
import { activate, addRemindingLine, pushVisits, reminder, visitIn } from "./nudge-line.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const HOUR_MS = 3_600_000;
const visit = { status: "booked", startsAt: 10 * HOUR_MS, removedAt: null, removedReason: null } as const;

test.each([
  ["the time still holds", visit, 10, 1, null],
  ["it was moved", visit, 8, 1, "moved"],
  ["it was moved into the past", { ...visit, startsAt: 0 }, 8, 1, null],
  ["it was cancelled", { ...visit, status: "cancelled" }, 10, 1, "cancelled"],
  ["the source took it away", { ...visit, removedAt: 1, removedReason: "source_cancelled" }, 10, 1, "cancelled"],
  ["a reading misses it", { ...visit, removedAt: 1, removedReason: "absent_from_snapshot" }, 10, 1, null],
  ["a day's reading misses it", { ...visit, status: "cancelled", removedAt: 1 }, 10, 1, null],
  ["it began early", { ...visit, status: "arrived", startsAt: 9 * HOUR_MS }, 10, 1, null],
  ["the time that was told has come", { ...visit, status: "cancelled" }, 2, 2, null],
] as const)("%s: what was told is corrected only where it is known to be wrong", (_, seen, toldHour, nowHour, what) => {
  expect(decideCorrection(seen, toldHour * HOUR_MS, nowHour * HOUR_MS)).toBe(what);
});

test("who was reminded is told once of the move, and once of the cancelling; who was not reminded hears nothing", async () => {
  const clinic = await reminded("+12025550170", "+12025550171", { correctsReminders: true });
  await change(clinic, sql`starts_at = starts_at + ${4 * HOUR_MS}`);
  await change(clinic, sql`provider = provider`);
  expect(await corrections(clinic)).toEqual(["visit-moved delivered"]);
  const [, moved] = clinic.said("+12025550171");
  const [{ at } = { at: 0 }] = await clinic.db.all<{ at: number }>(
    sql`SELECT starts_at AS at FROM appointments ORDER BY starts_at LIMIT 1`,
  );
  const clock = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", hour: "numeric", minute: "2-digit" });
  expect(moved).toContain(`your visit has moved to`);
  expect(moved).toContain(clock.format(at).replace(/\s/g, " "));
  await change(clinic, sql`status = 'cancelled'`);
  await change(clinic, sql`provider = provider`);
  expect(await corrections(clinic)).toEqual(["visit-cancelled delivered", "visit-moved delivered"]);
  expect(clinic.said("+12025550171")).toHaveLength(3);
  expect(clinic.said("+12025550172")).toEqual([]);
});

test("a correction that waits is called off when the visit is put back, and nothing is sent", async () => {
  const clinic = await reminded("+12025550173", "+12025550174", { correctsReminders: true });
  await clinic.db.run(
    sql`INSERT INTO pauses (id, kind, reason, by, created_at) VALUES ('pse_1', 'correction', 'x', 'x', 1)`,
  );
  await change(clinic, sql`status = 'cancelled'`);
  expect(await corrections(clinic)).toEqual(["visit-cancelled planned"]);
  await change(clinic, sql`status = 'booked'`);
  expect(await corrections(clinic)).toEqual(["visit-cancelled cancelled"]);
  expect(clinic.said("+12025550174")).toHaveLength(1);
});

test("a clinic that does not ask for corrections sends none", async () => {
  const clinic = await reminded("+12025550175", "+12025550176", {});
  await change(clinic, sql`status = 'cancelled'`);
  expect(await corrections(clinic)).toEqual([]);
  expect(clinic.said("+12025550176")).toHaveLength(1);
});

test("only what told of the visit's start is put right: a message hung on its end told no such time", async () => {
  const clinic = await addRemindingLine(desk, "+12025550177");
  await operator(desk.edge, "/admin/v1/tenants/set", {
    tenant: clinic.slug,
    settings: { messages: { correctsReminders: true }, schedule: { source: "concrete" } },
  });
  const audience = { kind: "visit_follow_up", statuses: ["booked"] };
  await activate(desk, clinic, reminder({ audience }, { anchor: "appointment_end", latePolicy: "send" }));
  const minuteIn = (minutes: number) => `${new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 16)}Z`;
  const times = { startsAt: minuteIn(60), endsAt: minuteIn(100) };
  const read = (provider: string) =>
    lastOf(
      pushImport(clinic, {
        patient: [person(78)],
        appointment: [booking(78, times.startsAt, { endsAt: times.endsAt, provider })],
      }),
    );
  expect(await read("Dr Sample")).toBe("applied");
  await clinic.strike();
  await clinic.until("delivered");
  expect(await read("Dr Other")).toBe("applied");
  await clinic.strike();
  await clinic.strike();
  expect(await corrections(clinic)).toEqual([]);
});

/** A clinic where one patient has just been reminded of a visit in 100 minutes, and another is to come later. */
async function reminded(number: string, phone: string, messages: object): Promise<Line> {
  const clinic = await addRemindingLine(desk, number);
  await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings: { messages } });
  await activate(desk, clinic, reminder());
  const other = visitIn(400, { phone: "+12025550172", patientName: "SAM NOTREMINDED" });
  await pushVisits(clinic, [visitIn(100, { phone }), other]);
  await clinic.until("delivered");
  return clinic;
}

/** The reminded visit changes at its source, and the clock strikes until all that follows is done. */
async function change(clinic: Line, to: ReturnType<typeof sql>): Promise<void> {
  await clinic.db.run(sql`UPDATE appointments SET ${to}, needs_planning = 1, updated_at = updated_at + 1
    WHERE id IN (SELECT appointment_id FROM touches)`);
  await clinic.strike();
  await clinic.strike();
}

async function corrections(clinic: Line): Promise<string[]> {
  const rows = await clinic.db.all<{ key: string; status: string }>(
    sql`SELECT template_key AS key, status FROM touches WHERE kind = 'correction' ORDER BY 1`,
  );
  return rows.map(({ key, status }) => `${key} ${status.replace(/accepted|sent/, "delivered")}`);
}
