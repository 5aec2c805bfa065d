import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { pauses } from "../../db/schema/engagement.ts";
import { type Context, stamp } from "../context.ts";

/** Whether a live pause holds touches of this kind; `kind` is SQL that names it. */
export function isPaused(kind: SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM ${pauses} WHERE pauses.lifted_at IS NULL AND (pauses.kind IS NULL OR pauses.kind = ${kind}))`;
}

/** What is held: everything of the tenant (`kind` null) or one kind of message. */
export type Pause = { kind: string | null; reason: string };

/**
 * Sets a pause, which holds from the next claim on. What is at the carrier already stays there. While the same is held
 * for the same reason already, nothing changes and the answer is false.
 */
export async function setPause(ctx: Context, pause: Pause): Promise<boolean> {
  const [set, audited] = pauseStatements(ctx, pause);
  const [result] = await ctx.db.batch([ctx.db.run(set), ctx.db.run(audited)]);
  return result.rowsAffected > 0;
}

/** The same as statements. Another reason is another pause, so that lifting the one does not end the other. */
export function pauseStatements(ctx: Context, { kind, reason }: Pause): [SQL, SQL] {
  const id = newId("pause", ctx.now());
  return [
    sql`INSERT INTO ${pauses} (id, kind, reason, by, created_at)
      SELECT ${id}, ${kind}, ${reason}, ${stamp(ctx).actor}, ${ctx.now()}
      WHERE NOT EXISTS (SELECT 1 FROM ${pauses} WHERE kind IS ${kind} AND reason = ${reason} AND lifted_at IS NULL)`,
    auditIfChanged(stamp(ctx), { action: "pause.set", entityId: id, details: { kind } }),
  ];
}
