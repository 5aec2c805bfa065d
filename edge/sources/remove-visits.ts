import { type SQL, sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { appointments, changeLog } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import { changeId } from "./imports/slice.ts";

/**
 * The statements that take visits off which a reading of their day no longer shows: cancelled, so that what is not yet
 * said is not said, and logged as gone by that run. Nothing is done unless `only` holds.
 */
export function removeVisits(
  ctx: Context,
  { ids, runId, only = sql`true` }: { ids: string[]; runId: string; only?: SQL },
): SQL[] {
  if (ids.length === 0) return [];
  const now = ctx.now();
  const gone = sql`id ${inList(ids)} AND removed_at IS NULL AND ${only}`;
  return [
    sql`INSERT INTO ${changeLog} (id, entity_id, field, before, after, run_id, at)
      SELECT ${changeId(now)}, id, 'removed', 'no', 'absent_from_snapshot', ${runId}, ${now} FROM ${appointments} WHERE ${gone}`,
    sql`UPDATE ${appointments} SET status = 'cancelled', removed_at = ${now}, removed_reason = 'absent_from_snapshot',
      needs_planning = 1, updated_at = ${now} WHERE ${gone}`,
  ];
}
