import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { pauses } from "../../db/schema/engagement.ts";
import { type Context, stamp } from "../context.ts";

/**
 * Holds everything of the tenant (`kind` null) or one kind of message, from the next claim on. What is at the carrier
 * already stays there. While the same is held already, nothing changes and the answer is false.
 */
export async function setPause(ctx: Context, input: { kind: string | null; reason: string }): Promise<boolean> {
  const id = newId("pause", ctx.now());
  const [set] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${pauses} (id, kind, reason, by, created_at)
      SELECT ${id}, ${input.kind}, ${input.reason}, ${stamp(ctx).actor}, ${ctx.now()}
      WHERE NOT EXISTS (SELECT 1 FROM ${pauses} WHERE kind IS ${input.kind} AND lifted_at IS NULL)`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "pause.set", entityId: id, details: { kind: input.kind } })),
  ]);
  return set.rowsAffected > 0;
}
