import { type SQL, sql } from "drizzle-orm";
import { type TouchStatus, touches } from "../../db/schema/engagement.ts";
import { audit } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import type { Reason } from "../reasons.ts";

/**
 * The statements that end every touch matching `which`, each with its audit event first (it reads what the change is
 * about to alter). `which` must name states itself, so that nothing that already left is called back.
 */
export function endTouches(ctx: Context, which: SQL, status: TouchStatus, reason: Reason): SQL[] {
  const { at, actor, requestId } = stamp(ctx);
  return [
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, ${`touch.${status}`}, id, json_object('reason', ${reason}), ${requestId} FROM ${touches} WHERE ${which}`,
    sql`UPDATE ${touches} SET status = ${status}, reason = ${reason}, check_at = NULL, lease_owner = NULL, lease_until = NULL,
      updated_at = ${at} WHERE ${which}`,
  ];
}
