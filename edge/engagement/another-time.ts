import { type SQL, sql } from "drizzle-orm";
import { calls } from "../../db/schema/nudges.ts";
import { visitRequests } from "../../db/schema/visits.ts";

/** What a call came to after which the wish waits for nobody at the desk any more. */
export const SETTLED = sql.raw("('reached', 'left_message', 'wrong_number')");

/**
 * 1 where the person of a visit ahead (`visit` names a row of appointments) asked for another time than the one at which
 * it stands, and that is still open: not confirmed since, and not settled by the desk's last call. Else 0. A wish about
 * a time from which the visit has moved is met. `now` is epoch ms.
 */
export function wantsAnotherTime(visit: SQL, now: number): SQL<number> {
  return sql<number>`EXISTS (SELECT 1 FROM ${visitRequests} AS wish WHERE wish.appointment_id = ${visit}.id
      AND wish.starts_at = ${visit}.starts_at AND ${visit}.starts_at > ${now} AND ${visit}.removed_at IS NULL
      AND ${visit}.status IN ('pending', 'booked')
      AND NOT (${visit}.confirmed_for_at IS ${visit}.starts_at AND ${visit}.confirmed_at >= wish.at)
      AND NOT coalesce((SELECT call.outcome IN ${SETTLED} AND call.at >= wish.at FROM ${calls} AS call
        WHERE call.appointment_id = ${visit}.id ORDER BY call.at DESC LIMIT 1), 0))`;
}
