import { type SQL, sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { audit } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";

/** Stands for whoever was erased: so that what was sent and what it cost still add up. */
const NOBODY = "pat_erased";

/**
 * The statements that call off what is not sent yet of a person's messages, each with its event, and take from all of
 * them what leads to the person.
 */
export function endMessages(ctx: Context, patientId: string): SQL[] {
  const { at, actor, requestId } = stamp(ctx);
  const open = sql`patient_id = ${patientId} AND status IN ('planned', 'claimed', 'unknown', 'parked')`;
  return [
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'touch.cancelled', id, json_object('reason', 'erased'), ${requestId} FROM ${touches} WHERE ${open}`,
    sql`UPDATE ${touches} SET status = 'cancelled', reason = 'erased', check_at = NULL, lease_owner = NULL,
      lease_until = NULL, updated_at = ${at} WHERE ${open}`,
    sql`UPDATE ${touches} SET patient_id = ${NOBODY}, dedupe_key = 'erased:' || id, appointment_id = NULL, purchase_id = NULL,
      invite_id = NULL, address_key = NULL, anchor_at = NULL, check_at = NULL WHERE patient_id = ${patientId}`,
  ];
}
