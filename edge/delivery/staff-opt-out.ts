import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { optOuts } from "../../db/schema/engagement.ts";
import { patients } from "../../db/schema/people.ts";
import { type Context, stamp } from "../context.ts";
import { HearbackError } from "../errors.ts";
import { optOutStatements, type Purpose } from "./opt-out.ts";

/** Why a number may be written to again; kept as a code, because a free text would name people. */
export const LIFT_REASONS = [
  "asked_in_person",
  "asked_by_phone",
  "asked_in_writing",
  "entered_by_mistake",
  "new_owner",
] as const;
export type LiftReason = (typeof LIFT_REASONS)[number];

/** Stops texts of a purpose to a number (E.164) because its owner told staff; ends what is planned. Twice changes nothing. */
export async function stopNumber(ctx: Context, phone: string, purpose: Purpose): Promise<void> {
  const addressKey = await ctx.keys.blindIndex("address", phone);
  const statements = optOutStatements(ctx, { addressKey, source: "staff", evidence: null, purpose });
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
}

/**
 * Stops letters of a purpose to a person, wherever they move, because they told staff; ends what is planned and not frozen
 * in a mailing yet. Twice changes nothing. Throws NOT_FOUND when there is no such patient.
 */
export async function stopLetters(ctx: Context, patientId: string, purpose: Purpose): Promise<void> {
  const [known] = await ctx.db.all(sql`SELECT 1 FROM ${patients} WHERE id = ${patientId}`);
  if (!known) throw new HearbackError("NOT_FOUND", "There is no such patient here.");
  const stop = { addressKey: patientId, channel: "print", source: "staff", evidence: null, purpose } as const;
  const [first, ...rest] = optOutStatements(ctx, stop).map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
}

/** Ends one opt-out; what it stopped stays ended. False when it was ended before. Throws NOT_FOUND when there is none. */
export async function liftOptOut(ctx: Context, id: string, reason: LiftReason): Promise<boolean> {
  const [lifted, , known] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${optOuts} SET ended_at = ${ctx.now()}, ended_by = ${stamp(ctx).actor}
      WHERE id = ${id} AND ended_at IS NULL`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "opt_out.ended", entityId: id, details: { reason } })),
    ctx.db.all(sql`SELECT 1 FROM ${optOuts} WHERE id = ${id}`),
  ]);
  if (known.length === 0) throw new HearbackError("NOT_FOUND", "There is no such opt-out here.");
  return lifted.rowsAffected > 0;
}
