import { type SQL, sql } from "drizzle-orm";
import { spentOf } from "../budget.ts";

type Cells = Record<string, string | number | null>;

/**
 * The budget's part of the statement that commits hand-overs (over `row.value`, the cells of each): what their nudges have
 * spent by now, a second dispatcher's included, read once, and the condition that there is still room.
 */
export function budgetGuard(cells: Cells[], month: string): { others: SQL; hasRoom: SQL } {
  const limited = cells.flatMap(({ nudgeId, mostSpentMicros }) => (mostSpentMicros === null ? [] : (nudgeId ?? [])));
  if (limited.length === 0) return { others: sql``, hasRoom: sql`true` };
  const most = sql.raw("json_extract(row.value, '$.mostSpentMicros')");
  return {
    others: sql`WITH spent AS MATERIALIZED (${spentOf([...new Set(limited.map(String))], month)})`,
    hasRoom: sql`(${most} IS NULL OR ${most}
      >= coalesce((SELECT micros FROM spent WHERE nudge_id = json_extract(row.value, '$.nudgeId')), 0))`,
  };
}
