import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { optOuts } from "../../db/schema/engagement.ts";
import { contactPoints } from "../../db/schema/people.ts";
import { type Context, stamp } from "../context.ts";
import { endTouches } from "../engagement/end-touches.ts";

export type OptOutSource = "keyword" | "free_text" | "carrier" | "link" | "staff";

/**
 * The statements that stop all texts to a number, and end what is planned for whoever it belongs to, in one batch.
 * Saying it twice changes nothing. `evidence` is what the person wrote, already sealed to `opt_outs` and the id given.
 */
export function optOutStatements(
  ctx: Context,
  optOut: { addressKey: string; source: OptOutSource; evidence: string | null; id?: string },
): SQL[] {
  const id = optOut.id ?? newId("optOut", ctx.now());
  const owners = sql`patient_id IN (SELECT patient_id FROM ${contactPoints} WHERE address_key = ${optOut.addressKey} AND is_current = 1)`;
  return [
    sql`INSERT INTO ${optOuts} (id, address_key, channel, purpose, source, evidence, at)
      VALUES (${id}, ${optOut.addressKey}, 'sms', 'all', ${optOut.source}, ${optOut.evidence}, ${ctx.now()})
      ON CONFLICT (address_key, channel, purpose) WHERE ended_at IS NULL DO NOTHING`,
    auditIfChanged(stamp(ctx), { action: "opt_out.recorded", entityId: id, details: { source: optOut.source } }),
    ...endTouches(ctx, sql`${owners} AND channel = 'sms' AND status IN ('planned', 'claimed')`, "skipped", "opted_out"),
  ];
}

/** The statements that let a number be written to again. */
export function optInStatements(ctx: Context, addressKey: string, by: string): SQL[] {
  return [
    sql`UPDATE ${optOuts} SET ended_at = ${ctx.now()}, ended_by = ${by} WHERE address_key = ${addressKey} AND channel = 'sms' AND ended_at IS NULL`,
    auditIfChanged(stamp(ctx), { action: "opt_out.ended", entityId: addressKey, details: { by } }),
  ];
}
