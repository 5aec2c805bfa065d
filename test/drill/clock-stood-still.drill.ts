import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { tenants } from "../../db/schema/directory.ts";
import { reminder, visitIn } from "../engagement/nudge-line.ts";
import { eventually, operator } from "../harness.ts";
import { drill } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-12 (reminders of visits that are over). */

const PEOPLE = 4;
const HOUR_MS = 3_600_000;
const SIX_HOURS = 6;
const STATUSES = { Confirmed: "booked", Seen: "fulfilled" };

export const stoodStill = drill(
  "after six hours without a tick only what is still worth saying is said; the rest ends with its reason, and missed slots run once [F-12]",
  async (kit) => {
    for (let round = 0; round < kit.rounds(1, 10); round += 1) {
      const world = await kit.world({ tenant: { schedule: { statuses: STATUSES as never } } });
      await addNudge(world);
      // Reminders two hours before: planned for the first; not near yet for the others.
      const [told = [], overlooked = [], ahead = []] = await push(world, [2.5, 5, 7.5]);
      await untilPlanned(world, told.length);
      const dueAt = await letHoursPass(world, SIX_HOURS);
      await world.directory.update(tenants).set({ nextDueAt: dueAt });
      await world.edge().cron();
      await eventually(async () => ahead.every((phone) => world.twilio.messages(phone).length === 1), 20_000);
      await world.settle();
      for (const phone of [...told, ...overlooked]) {
        assert.equal(world.twilio.messages(phone).length, 0, "nothing is said about a visit that is over");
      }
      for (const phone of ahead) assert.equal(world.twilio.messages(phone).length, 1, "what is ahead is said once");
      const ended = await world.clinic.db.all<{ status: string; reason: string | null }>(
        sql`SELECT status, reason FROM touches WHERE due_at <= ${dueAt + HOUR_MS} AND status NOT IN ('accepted', 'sent', 'delivered')`,
      );
      assert.deepEqual(
        ended.map(({ status, reason }) => `${status} ${reason}`),
        told.map(() => "expired too_old"),
      );
      const slots = await world.clinic.db.all<{ n: number }>(
        sql`SELECT count(*) AS n FROM runs WHERE procedure_id = 'nudges' AND due_at = ${dueAt} AND started_at - due_at >= ${SIX_HOURS * HOUR_MS}`,
      );
      assert.equal(slots[0]?.n, 1, "one run makes up for all slots and says how late it was");
      const jobs = await world.clinic.db.all(sql`SELECT 1 FROM jobs WHERE kind = 'scrape'`);
      assert.equal(jobs.length, 1, "one reading makes up for all");
      kit.report(await world.check());
    }
  },
  {
    guard: [
      { file: "edge/delivery/gate.ts", clause: "now >= facts.notAfterAt && facts.lateAs", without: "false" },
      {
        file: "edge/delivery/gate.ts",
        clause: 'end("visit", "cancel", facts.visitProblem)',
        without: 'end("visit", "cancel", false)',
      },
    ],
  },
);

async function addNudge(world: World): Promise<void> {
  const { slug, db } = world.clinic;
  await db.run(sql`INSERT INTO message_templates (key, version, locale, channel, body, created_at)
    VALUES ('reminder', 1, 'en', 'sms', 'Sample Clinic: you have a visit with us soon.', 1)`);
  await operator(world.edge(), "/admin/v1/nudges/save", { tenant: slug, nudge: reminder() });
  await operator(world.edge(), "/admin/v1/nudges/change", { tenant: slug, code: "reminder", to: "active" });
}

/** Visits of invented people that begin so many hours from now; gives their phones, hour by hour. */
async function push(world: World, hours: number[]): Promise<string[][]> {
  const visits = hours.map((hour) =>
    world.people(PEOPLE).map(({ patientName, phone }) => visitIn(hour * 60, { patientName, phone })),
  );
  for (const [on, rows] of Map.groupBy(visits.flat(), ({ startsAt }) => startsAt.slice(0, 10))) {
    assert.equal((await world.clinic.push(on, rows)).status, 200);
  }
  return visits.map((rows) => rows.map(({ phone }) => phone ?? ""));
}

async function untilPlanned(world: World, count: number): Promise<void> {
  await eventually(async () => {
    await world.clinic.db.run(
      sql`UPDATE schedules SET next_run_at = ${Date.now()} WHERE kind = 'nudges' AND is_active = 1`,
    );
    await world.wake();
    return (await world.statuses()).planned === count;
  }, 20_000);
}

/** Puts everything back by these hours, as if the clock had stood still since; gives when all schedules were due. */
async function letHoursPass(world: World, hours: number): Promise<number> {
  const ms = hours * HOUR_MS;
  const dueAt = Date.now() - ms;
  await world.clinic.db.batch([
    world.clinic.db.run(sql`UPDATE touches SET due_at = due_at - ${ms}, not_after_at = not_after_at - ${ms}, anchor_at = anchor_at - ${ms},
      dedupe_key = dedupe_key || ':before', created_at = created_at - ${ms}, updated_at = updated_at - ${ms}`),
    world.clinic.db.run(sql`UPDATE appointments SET starts_at = starts_at - ${ms}`),
    world.clinic.db.run(sql`UPDATE snapshots SET finished_at = finished_at - ${ms}`),
    world.clinic.db.run(sql`UPDATE runs SET started_at = started_at - ${ms}, due_at = due_at - ${ms}`),
    world.clinic.db.run(sql`UPDATE schedules SET next_run_at = ${dueAt}`),
  ]);
  return dueAt;
}
