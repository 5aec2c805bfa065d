import { and, eq, sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { imports } from "../../../db/schema/imports.ts";
import { type Context, stamp } from "../../context.ts";
import { isSuperseded, settleAlarm } from "./apply-imports.ts";

/**
 * What a person decides about an import that was held because too many visits would go. `approve`: it was right, and
 * they are removed by the clock's next minutes, unless a newer reading was applied since; then it is superseded.
 * `drop`: it was wrong, nothing is removed. Returns what became of it; null when there is no such import, or somebody
 * has decided already.
 */
export async function decideImport(
  ctx: Context,
  id: string,
  decision: "approve" | "drop",
): Promise<"approved" | "dropped" | "superseded" | null> {
  const [held] = await ctx.db
    .select()
    .from(imports)
    .where(and(eq(imports.id, id), eq(imports.status, "held")));
  if (!held) return null;
  const isLate = decision === "approve" && (await isSuperseded(ctx, held));
  const became = decision === "drop" ? "dropped" : isLate ? "superseded" : "approved";
  const { actor } = stamp(ctx);
  const status = became === "approved" ? "staged" : became;
  const finishedAt = became === "approved" ? null : ctx.now();
  const [decided] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${imports} SET status = ${status}, decided_by = ${actor}, finished_at = ${finishedAt}
      WHERE id = ${id} AND status = 'held'`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: `import.${became}`, entityId: id, details: { source: held.source } }),
    ),
    ctx.db.run(settleAlarm(ctx, held.source)),
  ]);
  return decided.rowsAffected > 0 ? became : null;
}
