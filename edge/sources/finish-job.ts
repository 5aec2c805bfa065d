import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { imports } from "../../db/schema/imports.ts";
import { jobs, runs, schedules } from "../../db/schema/operations.ts";
import { raiseRunFailed } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import type { FinishJob } from "../contract/jobs.ts";
import { HearbackError } from "../errors.ts";
import { wake } from "../wake.ts";

/**
 * Records how a leased job ended, and lets go on what waited for it. A failure is an alarm. Said twice with the same
 * token it changes nothing; with a token that is not the job's it is a CONFLICT.
 */
export async function finishJob(ctx: Context, jobId: string, report: FinishJob): Promise<void> {
  const now = ctx.now();
  const counts = JSON.stringify(report.counts);
  const code = report.error?.code ?? null;
  const mine = sql`FROM ${jobs} WHERE id = ${jobId} AND lease_token = ${report.leaseToken} AND status = ${report.status}`;
  const [, , , , [known]] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${jobs} SET status = ${report.status}, counts = ${counts}, error_code = ${code}, finished_at = ${now},
      lease_until = NULL WHERE id = ${jobId} AND lease_token = ${report.leaseToken} AND status = 'leased'`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), {
        action: `job.${report.status}`,
        entityId: jobId,
        details: { code, ...report.counts },
      }),
    ),
    ctx.db.run(raiseRunFailed(ctx, jobId, { code, status: report.status })),
    ctx.db.run(sql`UPDATE ${runs} SET status = ${report.status}, counts = ${counts}, error = ${code}, finished_at = ${now}
      WHERE id = (SELECT run_id ${mine}) AND finished_at IS NULL`),
    ctx.db.all<{ kind: string }>(sql`SELECT kind ${mine}`),
    // What waited for it need not wait for the next look.
    ctx.db.run(sql`UPDATE ${schedules} SET next_run_at = ${now} WHERE waiting_slot_at IS NOT NULL AND next_run_at > ${now}
      AND EXISTS (SELECT 1 ${mine})`),
    // Of an import that broke off without a word to us.
    ctx.db.run(sql`UPDATE ${imports} SET status = 'failed', error_code = ${code}, finished_at = ${now}
      WHERE id = (SELECT run_id ${mine}) AND status = 'staging'`),
  ]);
  if (!known) throw new HearbackError("CONFLICT", "This lease has run out or is another worker's.");
  await wake(ctx);
}
