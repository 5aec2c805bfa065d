import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { touches } from "../../db/schema/engagement.ts";
import { alarms } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import { endTouches } from "../engagement/end-touches.ts";
import { HearbackError } from "../errors.ts";

/**
 * A person's decision about a message that was set aside: hand it over once more (the gate is asked again first), or
 * drop it. Its alarm is acknowledged in the same batch. False when it is not set aside any more; then nothing changes.
 * Throws NOT_FOUND when there is no such message.
 */
export async function decideParked(ctx: Context, touchId: string, decision: "send" | "drop"): Promise<boolean> {
  const which = sql`id = ${touchId} AND status = 'parked'`;
  const decided =
    decision === "send" ? planAgain(ctx, touchId, which) : endTouches(ctx, which, "cancelled", "dropped_by_staff");
  const [known, ...results] = await ctx.db.batch([
    ctx.db.all(sql`SELECT 1 FROM ${touches} WHERE id = ${touchId}`),
    ...[...decided, acknowledge(ctx, touchId)].map((statement) => ctx.db.run(statement)),
  ]);
  if (known.length === 0) throw new HearbackError("NOT_FOUND", "There is no such message here.");
  return results.slice(0, -1).some(({ rowsAffected }) => rowsAffected > 0);
}

function planAgain(ctx: Context, touchId: string, which: SQL): SQL[] {
  const details = { reason: "staff_said_again" };
  return [
    sql`UPDATE ${touches} SET status = 'planned', reason = 'staff_said_again', due_at = ${ctx.now()}, check_at = NULL,
      sent_on = NULL, empty_checks = 0, lease_owner = NULL, lease_until = NULL, updated_at = ${ctx.now()} WHERE ${which}`,
    auditIfChanged(stamp(ctx), { action: "touch.planned", entityId: touchId, details }),
  ];
}

function acknowledge(ctx: Context, touchId: string): SQL {
  return sql`UPDATE ${alarms} SET acknowledged_at = ${ctx.now()}, acknowledged_by = ${stamp(ctx).actor}
    WHERE code = 'touch_parked' AND subject = ${touchId} AND acknowledged_at IS NULL`;
}
