import { type SQL, sql } from "drizzle-orm";
import { spentOf, spentOfBuys } from "../budget.ts";

type Cells = Record<string, string | number | null>;

/**
 * The budgets' part of the statement that commits hand-overs (over `row.value`, the cells of each): what their nudges and
 * media buys have spent by now, a second dispatcher's included, read once, and the condition that there is still room.
 */
export function budgetGuard(cells: Cells[], month: string): { others: SQL; hasRoom: SQL } {
  const nudges = limited(cells, "nudgeId", "mostSpentOfNudge");
  const buys = limited(cells, "mediaBuyId", "mostSpentOfBuy");
  const looks = [
    ...(nudges.length > 0 ? [sql`spent AS MATERIALIZED (${spentOf(nudges, month)})`] : []),
    ...(buys.length > 0 ? [sql`spent_of_buys AS MATERIALIZED (${spentOfBuys(buys)})`] : []),
  ];
  if (looks.length === 0) return { others: sql``, hasRoom: sql`true` };
  const ofNudge = sql`(SELECT micros FROM spent WHERE nudge_id = ${cell("nudgeId")})`;
  const ofBuy = sql`(SELECT micros FROM spent_of_buys WHERE media_buy_id = ${cell("mediaBuyId")})`;
  return {
    others: sql`WITH ${sql.join(looks, sql`, `)}`,
    hasRoom: sql`${nudges.length > 0 ? room("mostSpentOfNudge", ofNudge) : sql`true`}
      AND ${buys.length > 0 ? room("mostSpentOfBuy", ofBuy) : sql`true`}`,
  };
}

/** Of the messages that may leave only while no more than so much was spent: whose money it is. */
function limited(cells: Cells[], owner: string, most: string): string[] {
  const ids = cells.flatMap((each) => (each[most] === null ? [] : (each[owner] ?? [])));
  return [...new Set(ids.map(String))];
}

function room(most: string, spent: SQL): SQL {
  return sql`(${cell(most)} IS NULL OR ${cell(most)} >= coalesce(${spent}, 0))`;
}

function cell(name: string): SQL {
  return sql.raw(`json_extract(row.value, '$.${name}')`);
}
