import { eq } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { erasedKeys } from "../../../db/schema/erased.ts";
import { type Context, stamp } from "../../context.ts";
import { HearbackError } from "../../errors.ts";

/**
 * Lets a source bring back somebody who was erased and has become a patient again: forgets the keyed hashes of that
 * erasure. Who they were nobody can say; the erasure's id was given when it was done. Throws NOT_FOUND.
 */
export async function readmitPerson(ctx: Context, erasureId: string): Promise<{ erasureId: string; keys: number }> {
  const [dropped] = await ctx.db.batch([
    ctx.db.delete(erasedKeys).where(eq(erasedKeys.erasureId, erasureId)),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "person.readmitted", entityId: erasureId })),
  ]);
  if (dropped.rowsAffected === 0) throw new HearbackError("NOT_FOUND", "There is no such erasure, or it is lifted.");
  return { erasureId, keys: dropped.rowsAffected };
}
