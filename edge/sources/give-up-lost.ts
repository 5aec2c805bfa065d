import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { jobs, runs } from "../../db/schema/operations.ts";
import { raiseRunFailed } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import type { Counts } from "../procedure.ts";
import { MOST_ATTEMPTS } from "./lease-job.ts";

/** Gives up the jobs whose worker was lost as often as they were begun: they end as failed, and somebody is told. */
export async function giveUpLost(ctx: Context): Promise<Counts> {
  const now = ctx.now();
  const lost = await ctx.db.all<{ id: string; runId: string }>(sql`SELECT id, run_id AS runId FROM ${jobs}
    WHERE status IN ('waiting', 'leased') AND status = 'leased' AND attempts >= ${MOST_ATTEMPTS} AND lease_until <= ${now}`);
  for (const { id, runId } of lost) {
    const code = "worker_lost";
    await ctx.db.batch([
      ctx.db.run(sql`UPDATE ${jobs} SET status = 'failed', error_code = ${code}, finished_at = ${now}, lease_token = NULL,
        lease_until = NULL WHERE id = ${id} AND status = 'leased' AND run_id = ${runId}`),
      ctx.db.run(auditIfChanged(stamp(ctx), { action: "job.failed", entityId: id, details: { code } })),
      ctx.db.run(raiseRunFailed(ctx, id, { code, status: "failed" })),
      ctx.db.run(sql`UPDATE ${runs} SET status = 'failed', error = ${code}, finished_at = ${now}
        WHERE id = ${runId} AND finished_at IS NULL`),
    ]);
  }
  return { lost: lost.length };
}
