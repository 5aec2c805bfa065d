import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { schedules } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import { wake } from "../wake.ts";

/**
 * Makes a schedule's slot come now, by a person's wish; its next one is at its own time again. What holds for any slot
 * holds for this one: it waits for its source, and is passed over while a run goes on. False when there is no such one.
 */
export async function runNow(ctx: Context, scheduleId: string): Promise<boolean> {
  const [made] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${schedules} SET next_run_at = ${ctx.now()} WHERE id = ${scheduleId} AND is_active = 1`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "schedule.run_now", entityId: scheduleId })),
  ]);
  if (made.rowsAffected === 0) return false;
  await wake(ctx);
  return true;
}
