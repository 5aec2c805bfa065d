import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alarmsOf, type Line } from "../clinic-line.ts";
import { activate, addRemindingLine, pushVisits, reminder, visitIn } from "../engagement/nudge-line.ts";
import { type Desk, eventually, startDesk } from "../harness.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

/** Visits in 100 minutes, told of at once, one for each of these phones. */
function remind(clinic: Line, phones: string[], minutes = 100) {
  const visits = phones.map((phone, index) =>
    visitIn(minutes, { phone, patientName: `KIM TEST${"ABCDEFGHIJKLMNOPQRST"[index]}${minutes}` }),
  );
  return pushVisits(clinic, visits);
}

test("work that is handed out again after a part was done: what was sent is not sent again, the rest once [NUDGE-39]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550160");
  await activate(desk, clinic, reminder());
  const phones = Array.from({ length: 10 }, (_, index) => `+120255501${40 + index}`);
  await remind(clinic, phones.slice(0, 6));
  await clinic.until("delivered");
  await remind(clinic, phones.slice(6), 101);
  // The same work, twice at once and once more.
  await Promise.all([clinic.strike(), clinic.strike()]);
  await clinic.until("delivered");
  await clinic.strike();
  for (const phone of phones) expect(clinic.said(phone)).toHaveLength(1);
});

test("a phone that was off is tried again after a quarter of an hour, and a repeated report of the first try does not end that [NUDGE-39]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550161");
  await activate(desk, clinic, reminder());
  // Twice it does not even get to the carrier: that is no try.
  desk.twilio.script("+12025550150", "429-retry-after", "429-retry-after", "unreachable", "accept");
  desk.twilio.tune({ callbackCopies: 3 });
  const before = Date.now();
  await remind(clinic, ["+12025550150"]);
  const [touch] = await eventually(async () => {
    await clinic.strike();
    const rows = await clinic.db.all<{ status: string; reason: string; due: number }>(
      sql`SELECT status, reason, due_at AS due FROM touches WHERE reason = 'handset_off'`,
    );
    return rows.length > 0 && rows;
  });
  await desk.twilio.settled();
  desk.twilio.tune({ callbackCopies: 1 });
  expect(touch?.status).toBe("planned");
  expect((touch?.due ?? 0) - before).toBeGreaterThanOrEqual(15 * 60_000);
  expect((touch?.due ?? 0) - before).toBeLessThan(17 * 60_000);
  expect(await clinic.touches()).toMatchObject([{ status: "planned", reason: "handset_off" }]);
  await clinic.makeDue();
  await clinic.until("delivered");
  expect(clinic.said("+12025550150")).toHaveLength(2);
});

test("the third text of a nudge that is filtered in a quarter of an hour pauses the nudge and holds what waits; an opt-out at the carrier is kept [NUDGE-39]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550162");
  await activate(desk, clinic, reminder());
  const filtered = ["+12025550151", "+12025550152", "+12025550153"];
  for (const phone of filtered) desk.twilio.script(phone, "filtered");
  desk.twilio.script("+12025550154", "opted-out");
  const pausedReason = async () =>
    (
      await clinic.db.all<{ status: string; reason: string }>(sql`SELECT status, paused_reason AS reason FROM nudges`)
    )[0];
  await remind(clinic, [...filtered.slice(0, 2), "+12025550154"]);
  await clinic.until("undelivered", "failed");
  expect(await pausedReason()).toEqual({ status: "active", reason: null });
  expect(await clinic.db.all(sql`SELECT source FROM opt_outs`)).toEqual([{ source: "carrier" }]);
  // One schedule: a visit that the next push does not show would be called off.
  const later = visitIn(180, { phone: "+12025550155", patientName: "LEE TESTLATER" });
  await pushVisits(clinic, [visitIn(101, { phone: filtered[2], patientName: "LEE TESTTHIRD" }), later]);
  await clinic.until("undelivered", "failed", "planned");
  await eventually(async () => {
    await clinic.strike();
    return (await pausedReason())?.status === "paused";
  });
  expect(await pausedReason()).toEqual({ status: "paused", reason: "filtered" });
  expect(await alarmsOf(clinic)).toContain("message_filtered");
  await clinic.makeDue();
  await clinic.strike();
  expect(clinic.said("+12025550155")).toEqual([]);
  expect((await clinic.touches()).filter(({ status }) => status === "planned")).toMatchObject([{ reason: "paused" }]);
});
