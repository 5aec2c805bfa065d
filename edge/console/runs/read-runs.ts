import { desc, eq, inArray, isNull, notInArray, sql } from "drizzle-orm";
import { alarms, jobs, runs, schedules, snapshots } from "../../../db/schema/operations.ts";
import type { Context } from "../../context.ts";
import { lastReadAt } from "../../last-read.ts";
import { visitSource } from "../../tenant-settings.ts";

export type Run = typeof runs.$inferSelect;
/** A schedule at work, and the last run that it started. */
export type Planned = { schedule: typeof schedules.$inferSelect; last: Run | null };
export type Standing = Awaited<ReturnType<typeof readStanding>>;

const MOST_READINGS = 30;
const MOST_RUNS = 60;

/** All that the page of runs shows. None of it says anything about a patient. */
export async function readStanding(ctx: Context) {
  const readingsOf = (kind: string) =>
    ctx.db.select().from(runs).where(eq(runs.procedureId, kind)).orderBy(desc(runs.startedAt)).limit(MOST_READINGS);
  const [open, held, scrapes, imported, work, [lastRead], [waiting], active, lasts] = await ctx.db.batch([
    ctx.db.select().from(alarms).where(isNull(alarms.acknowledgedAt)).orderBy(desc(alarms.lastSeenAt)).limit(100),
    ctx.db.select().from(snapshots).where(eq(snapshots.status, "held")).orderBy(desc(snapshots.onDay)).limit(100),
    readingsOf("scrape"),
    readingsOf("import"),
    ctx.db
      .select()
      .from(runs)
      .where(notInArray(runs.procedureId, ["scrape", "import", "tick", "audit", "slots"]))
      .orderBy(desc(runs.startedAt))
      .limit(MOST_RUNS),
    ctx.db.all<{ at: number | null }>(sql`SELECT ${lastReadAt(visitSource(ctx.tenant.settings))} AS at`),
    ctx.db
      .select({ since: jobs.runAfterAt, status: jobs.status })
      .from(jobs)
      .where(inArray(jobs.status, ["waiting", "leased"]))
      .orderBy(jobs.runAfterAt)
      .limit(1),
    ctx.db.select().from(schedules).where(eq(schedules.isActive, 1)).orderBy(schedules.kind, schedules.id),
    ctx.db
      .select()
      .from(runs)
      .where(sql`id IN (SELECT (SELECT past.id FROM runs AS past WHERE past.schedule_id = schedules.id
        ORDER BY past.started_at DESC LIMIT 1) FROM schedules WHERE is_active = 1)`),
  ]);
  return {
    alarms: open,
    held,
    readings: [...scrapes, ...imported].sort((a, b) => b.startedAt - a.startedAt).slice(0, MOST_READINGS),
    work,
    lastReadAt: lastRead?.at ?? null,
    openJob: waiting ?? null,
    planned: active.map((schedule): Planned => {
      return { schedule, last: lasts.find(({ scheduleId }) => scheduleId === schedule.id) ?? null };
    }),
  };
}
