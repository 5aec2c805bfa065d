import { and, eq, isNull } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { alarms } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";

/** Somebody has seen the alarm and takes care of it: it is told no more. The same trouble later is a new alarm. */
export async function acknowledgeAlarm(ctx: Context, id: string): Promise<boolean> {
  const [acknowledged] = await ctx.db.batch([
    ctx.db
      .update(alarms)
      .set({ acknowledgedAt: ctx.now(), acknowledgedBy: stamp(ctx).actor })
      .where(and(eq(alarms.id, id), isNull(alarms.acknowledgedAt))),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "alarm.acknowledged", entityId: id })),
  ]);
  return acknowledged.rowsAffected > 0;
}
