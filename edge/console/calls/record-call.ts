import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { newId } from "../../../db/ids.ts";
import { type CallOutcome, calls } from "../../../db/schema/nudges.ts";
import { appointments } from "../../../db/schema/people.ts";
import { type Context, stamp } from "../../context.ts";
import { HearbackError } from "../../errors.ts";

const AGAIN_AFTER_MS = 2 * 3_600_000;

/**
 * Notes a call about a visit and what came of it; after no answer it is to be made again in two hours. `lastCall` is
 * the call that the caller saw last, empty for none: of two who note one at once, the second gets false. Throws
 * NOT_FOUND for a visit that is not there.
 */
export async function recordCall(
  ctx: Context,
  { appointmentId, outcome, lastCall }: { appointmentId: string; outcome: CallOutcome; lastCall: string },
): Promise<boolean> {
  const [visit] = await ctx.db
    .select({ patientId: appointments.patientId })
    .from(appointments)
    .where(sql`id = ${appointmentId}`);
  if (!visit) throw new HearbackError("NOT_FOUND", "There is no such visit here.");
  const { at, actor } = stamp(ctx);
  const againAt = outcome === "no_answer" ? at + AGAIN_AFTER_MS : null;
  const newest = sql`(SELECT id FROM ${calls} WHERE appointment_id = ${appointmentId} ORDER BY at DESC LIMIT 1)`;
  const [{ rowsAffected }] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${calls} (id, appointment_id, patient_id, outcome, again_at, by, at)
      SELECT ${newId("call", at)}, ${appointmentId}, ${visit.patientId}, ${outcome}, ${againAt}, ${actor}, ${at}
      WHERE coalesce(${newest}, '') = ${lastCall}`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "call.recorded", entityId: appointmentId, details: { outcome } })),
  ]);
  return rowsAffected > 0;
}
