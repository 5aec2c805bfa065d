import { type SQL, sql } from "drizzle-orm";
import { inList } from "../db/bulk.ts";
import { touches } from "../db/schema/engagement.ts";
import { mediaBuys, nudges } from "../db/schema/nudges.ts";
import { raiseAlarmIfChanged } from "./alarms.ts";
import type { Context } from "./context.ts";

/** What a nudge's messages of one month cost, in micros: those that left, at their price or else their estimate, and those that wait. */
export type Use = {
  spentMicros: number;
  plannedMicros: number;
  /** Of what was spent, what carriers have said by now. */
  chargedMicros: number;
};
const UNUSED: Use = { spentMicros: 0, plannedMicros: 0, chargedMicros: 0 };

/** From this share of a month's budget on somebody is warned. */
export const WARN_AT_PERCENT = 80;

/** SQL: what a touch cost so far. One that may have left counts as left; one that ended before cost only what is known. */
export const SPENT =
  sql.raw(`CASE WHEN touches.status IN ('sending', 'accepted', 'sent', 'delivered', 'undelivered', 'unknown', 'parked')
  THEN coalesce(cost_micros, estimate_micros, 0) ELSE coalesce(cost_micros, 0) END`);
export const PLANNED = sql.raw("iif(touches.status IN ('planned', 'claimed'), coalesce(estimate_micros, 0), 0)");

/** SQL: the touches of these nudges and months, as the index that holds their money knows them; it reads no row. */
function ofMonths(nudgeIds: string[], months: string[]): SQL {
  return sql`nudge_id IS NOT NULL AND budget_month IS NOT NULL AND nudge_id ${inList(nudgeIds)} AND budget_month ${inList(months)}`;
}

/** A look-up of what these nudges use of these months (`YYYY-MM`); however long the history is, it reads those months. */
export async function readUse(ctx: Context, nudgeIds: string[], months: string[]) {
  const rows = await ctx.db.all<Use & { nudgeId: string; month: string }>(sql`SELECT nudge_id AS nudgeId,
      budget_month AS month, sum(${SPENT}) AS spentMicros, sum(${PLANNED}) AS plannedMicros,
      sum(coalesce(cost_micros, 0)) AS chargedMicros
    FROM ${touches} WHERE ${ofMonths(nudgeIds, months)} GROUP BY nudge_id, budget_month`);
  const found = new Map(rows.map((row) => [`${row.nudgeId} ${row.month}`, row]));
  return (nudgeId: string, month: string): Use => found.get(`${nudgeId} ${month}`) ?? UNUSED;
}

/** SQL: what each of these nudges has spent of the month: `nudge_id`, `micros`. For a look inside another statement. */
export function spentOf(nudgeIds: string[], month: string): SQL {
  return sql`SELECT nudge_id, sum(${SPENT}) AS micros FROM ${touches} WHERE ${ofMonths(nudgeIds, [month])} GROUP BY nudge_id`;
}

/**
 * SQL: what each of these media buys of texts or mails costs by now, set-up included: `media_buy_id`, `micros`. By the
 * buy's own price of one where it has one, else by what carriers take.
 */
export function spentOfBuys(ids: string[]): SQL {
  return sql`SELECT media_buys.id AS media_buy_id, fixed_micros + iif(unit_micros + postage_micros > 0,
      (unit_micros + postage_micros) * coalesce(sum(touches.attempt_count > 0), 0), coalesce(sum(${SPENT}), 0)) AS micros
    FROM ${mediaBuys} LEFT JOIN ${touches} ON touches.media_buy_id = media_buys.id
    WHERE media_buys.id ${inList(ids)} GROUP BY media_buys.id`;
}

/**
 * The statements that tell of a month's budget, once for each month: that it is nearly used (80), or used up (100), after
 * which nothing is said of the warning any more.
 */
export function tellBudget(ctx: Context, nudge: { id: string; code: string }, month: string, percent: 80 | 100): SQL[] {
  const told = `${month} ${percent}`;
  const isNews =
    percent === 100 ? sql`budget_told IS NOT ${told}` : sql`coalesce(budget_told, '') NOT LIKE ${`${month}%`}`;
  const code = percent === 100 ? "budget_used_up" : "budget_nearly_used";
  return [
    sql`UPDATE ${nudges} SET budget_told = ${told} WHERE id = ${nudge.id} AND ${isNews}`,
    raiseAlarmIfChanged(ctx, code, nudge.code, { month }),
  ];
}

/** The same of a media buy's own budget, by its name. */
export function tellBuyBudget(ctx: Context, buy: { id: string; code: string }, percent: 80 | 100): SQL[] {
  const code = percent === 100 ? "budget_used_up" : "budget_nearly_used";
  return [
    sql`UPDATE ${mediaBuys} SET budget_told = ${percent} WHERE id = ${buy.id} AND budget_told < ${percent}`,
    raiseAlarmIfChanged(ctx, code, buy.code, {}),
  ];
}
