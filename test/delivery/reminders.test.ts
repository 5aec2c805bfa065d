import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine, type Line } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const HOUR_MS = 3_600_000;

test("who was asked and has not answered is asked once more after the set hours, and never a third time", async () => {
  const clinic = await addLine(desk, "+12025550190", { settings: { ask: { reminderAfterHours: 24 } } });
  await clinic.pushVisits([{ phone: "+12025550101" }]);
  await clinic.until("delivered");
  await clinic.strike();
  expect(await kinds(clinic)).toEqual(["survey_invite delivered"]);
  await age(clinic, 25);
  await clinic.strike();
  await clinic.until("delivered");
  expect(await kinds(clinic)).toEqual(["survey_invite delivered", "survey_reminder delivered"]);
  expect(clinic.said("+12025550101")[1]).toMatch(/^Common Ground: still time to tell us.*\/s\/[\w-]{28} Reply STOP/);
  expect(clinic.said("+12025550101")[0]).not.toBe(clinic.said("+12025550101")[1]);
  await age(clinic, 25);
  await clinic.strike();
  expect(await kinds(clinic)).toHaveLength(2);
});

test("no reminder is planned for who answered, was never reached, or was asked on this very day", async () => {
  const clinic = await addLine(desk, "+12025550191", { settings: { ask: { reminderAfterHours: 2 } } });
  desk.twilio.script("+12025550103", "unreachable");
  await clinic.pushVisits([{ phone: "+12025550102" }, { phone: "+12025550103" }, { phone: "+12025550104" }]);
  await clinic.until("delivered", "undelivered");
  await clinic.db.run(sql`UPDATE touches SET updated_at = updated_at - ${3 * HOUR_MS}`);
  await clinic.strike();
  expect(await clinic.touches()).toHaveLength(3);
  await clinic.db.run(sql`UPDATE touches SET sent_on = '2026-01-01' WHERE sent_on IS NOT NULL`);
  const delivered = sql`(SELECT invite_id FROM touches WHERE status = 'delivered')`;
  await clinic.db.run(sql`UPDATE invites SET answered = 1 WHERE id IN ${delivered}`);
  await clinic.strike();
  expect(await clinic.touches()).toHaveLength(3);
  await clinic.db.run(sql`UPDATE invites SET answered = 0`);
  await clinic.strike();
  expect(await clinic.touches()).toHaveLength(5);
});

test("a reminder ends when the answer, a STOP or a changed visit comes first", async () => {
  const clinic = await addLine(desk, "+12025550192", { settings: { ask: { reminderAfterHours: 24 } } });
  await clinic.pushVisits([{ phone: "+12025550105" }, { phone: "+12025550106" }, { phone: "+12025550107" }]);
  await clinic.until("delivered");
  // Night: reminders are planned and wait.
  await clinic.db.run(sql`UPDATE offices SET status = 'suspended'`);
  await age(clinic, 25);
  await clinic.strike();
  expect((await kinds(clinic)).filter((each) => each === "survey_reminder planned")).toHaveLength(3);
  await clinic.text("+12025550106", "STOP");
  await clinic.db.run(sql`UPDATE invites SET answered = 1 WHERE patient_id = (SELECT patient_id FROM contact_points
    WHERE address_key NOT IN (SELECT address_key FROM opt_outs) ORDER BY id LIMIT 1)`);
  await clinic.db.run(sql`UPDATE appointments SET status = 'noshow' WHERE id NOT IN (SELECT appointment_id FROM invites
    WHERE answered = 1) AND patient_id NOT IN (SELECT patient_id FROM contact_points WHERE address_key IN (SELECT address_key FROM opt_outs))`);
  await clinic.db.run(sql`UPDATE offices SET status = 'active'`);
  await clinic.makeDue();
  const touches = await clinic.until("delivered", "cancelled", "skipped");
  const reminders = touches.filter(({ kind }) => kind === "survey_reminder");
  expect(reminders.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "cancelled already_answered",
    "cancelled not_seen",
    "skipped opted_out",
  ]);
});

test("without the setting nobody is reminded; looking for whom to remind reads an index by time", async () => {
  const clinic = await addLine(desk, "+12025550193");
  await clinic.pushVisits([{ phone: "+12025550108" }]);
  await clinic.until("delivered");
  await age(clinic, 25);
  await clinic.strike();
  expect(await clinic.touches()).toHaveLength(1);
  const plan = await clinic.db.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN SELECT touches.id FROM touches
    JOIN invites ON invites.id = touches.invite_id WHERE touches.updated_at > 1 AND touches.updated_at <= 2
      AND touches.kind = 'survey_invite' AND touches.status IN ('accepted', 'sent', 'delivered') AND invites.answered = 0
      AND NOT EXISTS (SELECT 1 FROM touches AS reminder WHERE reminder.dedupe_key = 'remind:' || touches.appointment_id)
    ORDER BY touches.updated_at LIMIT 500`);
  const steps = plan.map(({ detail }) => detail).join("\n");
  expect(steps).toContain("touches_updated (updated_at>? AND updated_at<?)");
  expect(steps).not.toContain("SCAN");
});

/** As if the last thing happened so many hours ago, on another day. */
async function age(clinic: Line, hours: number): Promise<void> {
  await clinic.db.run(sql`UPDATE touches SET updated_at = updated_at - ${hours * HOUR_MS}, sent_on = '2026-01-01'`);
}

async function kinds(clinic: Line): Promise<string[]> {
  return (await clinic.touches()).map(({ kind, status }) => `${kind} ${status}`);
}
