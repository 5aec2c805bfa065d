import { and, eq, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { auditIfChanged } from "../../db/audit.ts";
import { jobs, type schedules } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import { ScrapeArguments } from "../contract/jobs.ts";
import { createScrapeJob } from "./create-scrape-job.ts";

type Schedule = typeof schedules.$inferSelect;

/** After a longer outage than this, older days are read by hand (`scrape` with dates). */
const MOST_DAYS = 31;

/**
 * Makes the job of a due slot of reading the EHR, with all the days that were missed. Safe to run twice at once:
 * schedule and slot name the job. One that no container has fetched yet is widened instead, so that a container that
 * was away finds one job, not many.
 */
export async function orderScrape(ctx: Context, schedule: Schedule): Promise<{ created: number; widened: number }> {
  const dedupeKey = `${schedule.id}:${Temporal.Instant.fromEpochMilliseconds(schedule.nextRunAt)}`;
  const days = missedDays(ctx, schedule.nextRunAt);
  if (await widenWaiting(ctx, schedule, dedupeKey, days)) return { created: 0, widened: 1 };
  await createScrapeJob(ctx, { dedupeKey, days, runAfterAt: schedule.nextRunAt, scheduleId: schedule.id });
  return { created: 1, widened: 0 };
}

/** From the days that were to be read when the job fell due, up to today, at the office. */
function missedDays(ctx: Context, dueAt: number): string[] {
  const { office, schedule } = ctx.tenant.settings;
  const dayOf = (at: number) =>
    Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(office.timeZone).toPlainDate();
  const today = dayOf(ctx.now());
  const first = dayOf(dueAt).subtract({ days: schedule.daysBack });
  const count = Math.min(first.until(today).days + 1, MOST_DAYS);
  return Array.from({ length: count }, (_, index) => today.subtract({ days: count - 1 - index }).toString());
}

/** Adds the days to the schedule's earlier job, if that still waits. Its due time stays, so that its lateness shows. */
async function widenWaiting(ctx: Context, schedule: Schedule, dedupeKey: string, days: string[]): Promise<boolean> {
  const [waiting] = await ctx.db
    .select()
    .from(jobs)
    // Spelled out, not bound: SQLite takes the index of open jobs only where it sees its condition.
    .where(sql`kind = ${schedule.kind} AND status IN ('waiting', 'leased') AND status = 'waiting'
      AND dedupe_key LIKE ${`${schedule.id}:%`}`)
    .limit(1);
  if (!waiting || waiting.dedupeKey === dedupeKey) return false;
  const before = ScrapeArguments.parse(JSON.parse(waiting.arguments));
  const all = [...new Set([...before.days, ...days])].sort().slice(-MOST_DAYS);
  const [{ rowsAffected }] = await ctx.db.batch([
    ctx.db
      .update(jobs)
      .set({ dedupeKey, arguments: JSON.stringify({ ...before, days: all }) })
      .where(and(eq(jobs.id, waiting.id), eq(jobs.status, "waiting"), eq(jobs.dedupeKey, waiting.dedupeKey))),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: "job.widened", entityId: waiting.id, details: { days: all.length } }),
    ),
  ]);
  return rowsAffected > 0;
}
