import { eq, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { auditIfChanged } from "../../db/audit.ts";
import { newId, uuidv7 } from "../../db/ids.ts";
import { jobs } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import type { ScrapeArguments } from "../contract/jobs.ts";
import { visitSource } from "../tenant-settings.ts";

/**
 * Puts a reading of the schedule into the container's queue: the given office-local days, or today and the days
 * before it that the tenant's settings say. `dedupeKey` makes it once, however often the clock ticks or a request is
 * repeated: said again, it is the job of the first time.
 */
export async function createScrapeJob(
  ctx: Context,
  options: { days?: string[]; dedupeKey?: string; runAfterAt?: number; scheduleId?: string },
): Promise<{ jobId: string; runId: string }> {
  const now = ctx.now();
  const jobId = newId("job", now);
  const runId = uuidv7(now);
  const dedupeKey = options.dedupeKey ?? jobId;
  const { office, schedule, ask } = ctx.tenant.settings;
  const scrape: ScrapeArguments = {
    source: visitSource(ctx.tenant.settings),
    days: options.days ?? daysToRead(now, office.timeZone, schedule.daysBack),
    timeZone: office.timeZone,
    providers: ask.providers,
  };
  const [, , [job]] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${jobs} (id, kind, dedupe_key, run_id, arguments, status, run_after_at, created_at, schedule_id)
      VALUES (${jobId}, 'scrape', ${dedupeKey}, ${runId}, ${JSON.stringify(scrape)}, 'waiting', ${options.runAfterAt ?? now}, ${now}, ${options.scheduleId ?? null})
      ON CONFLICT (dedupe_key) DO NOTHING`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "job.created", entityId: jobId, details: { kind: "scrape" } })),
    ctx.db.select({ jobId: jobs.id, runId: jobs.runId }).from(jobs).where(eq(jobs.dedupeKey, dedupeKey)),
  ]);
  return job ?? { jobId, runId };
}

/** Today at the office and the days before it, oldest first, `YYYY-MM-DD`. */
function daysToRead(now: number, timeZone: string, daysBack: number): string[] {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
  return Array.from({ length: daysBack + 1 }, (_, index) => today.subtract({ days: daysBack - index }).toString());
}
