import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId, uuidv7 } from "../../db/ids.ts";
import { jobs } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import { scheduleId } from "../schedule-settings.ts";
import { wake } from "../wake.ts";
import { importArguments } from "./import-arguments.ts";

/**
 * Puts an import of this source into the container's queue, by the wish of who asks. One that waits or is under way
 * will do: then that is the job. `dedupeKey` makes it once, however often the request is repeated.
 */
export async function createImportJob(
  ctx: Context,
  { source, dedupeKey }: { source: string; dedupeKey: string },
): Promise<{ jobId: string; runId: string }> {
  const now = ctx.now();
  const jobId = newId("job", now);
  const wanted = JSON.stringify(await importArguments(ctx, source));
  const isOpen = sql`kind = 'import' AND status IN ('waiting', 'leased') AND arguments ->> '$.source' = ${source}`;
  // What waits for imports waits for this one, too, where there is a schedule of them.
  const schedule = sql`(SELECT id FROM schedules WHERE id = ${scheduleId({ kind: "import", source })})`;
  const [, , [job]] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${jobs} (id, kind, dedupe_key, run_id, arguments, status, run_after_at, created_at, schedule_id)
      SELECT ${jobId}, 'import', ${dedupeKey}, ${uuidv7(now)}, ${wanted}, 'waiting', ${now}, ${now}, ${schedule}
      WHERE NOT EXISTS (SELECT 1 FROM ${jobs} WHERE ${isOpen}) ON CONFLICT (dedupe_key) DO NOTHING`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: "job.created", entityId: jobId, details: { kind: "import", source } }),
    ),
    ctx.db.all<{ jobId: string; runId: string }>(sql`SELECT id AS jobId, run_id AS runId FROM ${jobs}
      WHERE dedupe_key = ${dedupeKey} UNION ALL SELECT id, run_id FROM ${jobs} WHERE ${isOpen} LIMIT 1`),
  ]);
  if (!job) throw new Error("an import was neither made nor found");
  // Where the clinic's own side reads, the request goes out with the next turn of the clock.
  await wake(ctx);
  return job;
}
