import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { jobs, runs, schedules } from "../../db/schema/operations.ts";
import { raiseAlarmIfChanged } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import type { Counts } from "../procedure.ts";

/** A run here ends itself at its limit; one that is still open a minute later died with its Worker. */
const GRACE_MS = 60_000;

type Overdue = { id: string; kind: string; jobId: string | null };

/**
 * Gives up the runs that take longer than their schedule allows, so that a source that hangs holds up nothing for ever:
 * the run ends as `timeout`, its job as failed, and the container's lease is taken back. Somebody is told.
 */
export async function giveUpOverdue(ctx: Context): Promise<Counts> {
  const now = ctx.now();
  const overdue = await ctx.db.all<Overdue>(sql`SELECT * FROM (SELECT started.id, started.procedure_id AS kind,
      started.started_at + schedules.timeout_seconds * 1000 AS endsAt,
      (SELECT open.id FROM ${jobs} AS open WHERE open.kind = started.procedure_id
        AND open.status IN ('waiting', 'leased') AND open.run_id = started.id) AS jobId
    FROM ${runs} AS started JOIN ${schedules} ON schedules.id = started.schedule_id WHERE started.status = 'started')
    WHERE endsAt + iif(jobId IS NULL, ${GRACE_MS}, 0) <= ${now}`);
  for (const each of overdue) await giveUp(ctx, each);
  return { timeout: overdue.length };
}

async function giveUp(ctx: Context, { id, kind, jobId }: Overdue): Promise<void> {
  const now = ctx.now();
  await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${jobs} SET status = 'failed', error_code = 'timeout', finished_at = ${now}, lease_token = NULL,
      lease_until = NULL WHERE id = ${jobId} AND status = 'leased' AND run_id = ${id}`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: "job.failed", entityId: jobId ?? id, details: { code: "timeout" } }),
    ),
    ctx.db.run(sql`UPDATE ${runs} SET status = 'timeout', error = 'timeout', finished_at = ${now}
      WHERE id = ${id} AND status = 'started'`),
    ctx.db.run(raiseAlarmIfChanged(ctx, "run_failed", kind, { code: "timeout", status: "timeout" })),
  ]);
}
