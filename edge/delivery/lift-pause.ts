import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { pauses, touches } from "../../db/schema/engagement.ts";
import { audit } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import { endTouches } from "../engagement/end-touches.ts";
import { HearbackError } from "../errors.ts";

/** What becomes of the messages that waited: sent as they are due, never sent, or due at `at` (epoch ms). */
export type AfterPause = { fate: "resume" } | { fate: "drop" } | { fate: "retime"; at: number };

/**
 * Lifts a pause and decides about what waited for it, in one batch. What is only due later is left as it is. False
 * when it was lifted before; then nothing changes, so a second press drops nothing. Throws NOT_FOUND when there is none.
 */
export async function liftPause(ctx: Context, pauseId: string, after: AfterPause): Promise<boolean> {
  const isLive = sql`EXISTS (SELECT 1 FROM ${pauses} WHERE id = ${pauseId} AND lifted_at IS NULL)`;
  const waited = sql`${waitsFor(ctx, pauseId)} AND ${isLive}`;
  const statements = [
    ...decide(ctx, waited, after),
    sql`UPDATE ${pauses} SET lifted_at = ${ctx.now()}, lifted_by = ${stamp(ctx).actor} WHERE id = ${pauseId} AND lifted_at IS NULL`,
    auditIfChanged(stamp(ctx), { action: "pause.lifted", entityId: pauseId, details: { fate: after.fate } }),
  ].map((statement) => ctx.db.run(statement));
  const [known, ...results] = await ctx.db.batch([
    ctx.db.all(sql`SELECT 1 FROM ${pauses} WHERE id = ${pauseId}`),
    ...statements,
  ]);
  if (known.length === 0) throw new HearbackError("NOT_FOUND", "There is no such pause here.");
  return (results.at(-2)?.rowsAffected ?? 0) > 0;
}

/** Messages that would have left by now but for this pause. */
function waitsFor(ctx: Context, pauseId: string): SQL {
  return sql`status = 'planned' AND (due_at <= ${ctx.now()} OR reason = 'paused')
    AND EXISTS (SELECT 1 FROM ${pauses} WHERE id = ${pauseId} AND (pauses.kind IS NULL OR pauses.kind = touches.kind))`;
}

function decide(ctx: Context, waited: SQL, after: AfterPause): SQL[] {
  if (after.fate === "drop") return endTouches(ctx, waited, "cancelled", "dropped_after_pause");
  const dueAt = after.fate === "retime" ? after.at : ctx.now();
  const { at, actor, requestId } = stamp(ctx);
  const isMoved = after.fate === "retime";
  return [
    ...(isMoved
      ? [
          sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
            SELECT ${at}, ${actor}, 'touch.retimed', id, json_object('dueAt', ${dueAt}), ${requestId} FROM ${touches} WHERE ${waited}`,
        ]
      : []),
    sql`UPDATE ${touches} SET due_at = ${isMoved ? sql`${dueAt}` : sql`min(due_at, ${dueAt})`}, reason = NULL, updated_at = ${at}
      WHERE ${waited}`,
  ];
}
