import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { appointments } from "../../../db/schema/people.ts";
import { visitRequests } from "../../../db/schema/visits.ts";
import { type Context, stamp } from "../../context.ts";

/**
 * The patient will be there at `startsAt` (epoch ms): noted beside what the source says, never in its place. True when
 * the visit is confirmed for that time now, also by an earlier word; false, with nothing changed, when it does not stand
 * at that time any more.
 */
export async function confirmVisit(
  ctx: Context,
  { appointmentId, startsAt }: { appointmentId: string; startsAt: number },
  by: "link" | "text",
): Promise<boolean> {
  const stands = sql`id = ${appointmentId} AND starts_at = ${startsAt} AND removed_at IS NULL AND status IN ('pending', 'booked')`;
  // They asked for another time after they had confirmed, and now come after all.
  const changedMind = sql`EXISTS (SELECT 1 FROM ${visitRequests} AS asked WHERE asked.appointment_id = ${appointmentId}
    AND asked.starts_at = ${startsAt} AND asked.at > confirmed_at)`;
  const [, , confirmed] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${appointments} SET confirmed_at = ${ctx.now()}, confirmed_for_at = starts_at, updated_at = ${ctx.now()}
      WHERE ${stands} AND (confirmed_for_at IS NOT starts_at OR ${changedMind})`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: "visit.confirmed", entityId: appointmentId, details: { by, startsAt } }),
    ),
    ctx.db.all(sql`SELECT 1 FROM ${appointments} WHERE ${stands} AND confirmed_for_at = starts_at`),
  ]);
  return confirmed.length > 0;
}
