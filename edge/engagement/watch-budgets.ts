import { sql } from "drizzle-orm";
import { touches } from "../../db/schema/engagement.ts";
import { mediaBuys, nudges } from "../../db/schema/nudges.ts";
import { PLANNED, readUse, SPENT, tellBudget, tellBuyBudget, WARN_AT_PERCENT } from "../budget.ts";
import type { Context } from "../context.ts";
import { budgetMonth } from "../prices.ts";

/**
 * Tells, once a month, of each nudge at work whose budget is nearly used: by what was spent, at the carriers' own prices
 * as they come, and what is planned; and of media buys with a budget of their own. Reads this month's messages of the
 * former, and the lists of the latter.
 */
export async function watchBudgets(ctx: Context): Promise<{ nearlyUsed: number }> {
  const [ofNudges, ofBuys] = [await watchNudges(ctx), await watchBuys(ctx)];
  return { nearlyUsed: ofNudges + ofBuys };
}

async function watchNudges(ctx: Context): Promise<number> {
  const watched = await ctx.db
    .select()
    .from(nudges)
    .where(sql`status = 'active' AND monthly_budget_micros IS NOT NULL`);
  if (watched.length === 0) return 0;
  const month = budgetMonth(ctx, ctx.now());
  const ids = watched.map(({ id }) => id);
  const use = await readUse(ctx, ids, [month]);
  const near = watched.filter(({ id, monthlyBudgetMicros, budgetTold }) => {
    const { spentMicros, plannedMicros } = use(id, month);
    const isNear = (spentMicros + plannedMicros) * 100 >= (monthlyBudgetMicros ?? 0) * WARN_AT_PERCENT;
    return isNear && !budgetTold?.startsWith(month);
  });
  const [first, ...rest] = near
    .flatMap((nudge) => tellBudget(ctx, nudge, month, WARN_AT_PERCENT))
    .map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
  return near.length;
}

/** A list that is open for longer than this was forgotten. */
const OPEN_FOR_MS = 92 * 86_400_000;

/** Of media buys whose list is still open, once for each: by what is on it, at its own price or the carriers'. */
async function watchBuys(ctx: Context): Promise<number> {
  const price = sql`(media_buys.unit_micros + media_buys.postage_micros)`;
  const listed = sql`sum(touches.status NOT IN ('skipped', 'cancelled', 'expired', 'failed'))`;
  const near = await ctx.db.all<{ id: string; code: string }>(sql`SELECT media_buys.id, media_buys.name AS code
    FROM ${mediaBuys} JOIN ${touches} ON touches.media_buy_id IS NOT NULL AND touches.media_buy_id = media_buys.id
    WHERE media_buys.status = 'draft' AND media_buys.budget_micros IS NOT NULL AND media_buys.budget_told < ${WARN_AT_PERCENT}
      AND media_buys.created_at > ${ctx.now() - OPEN_FOR_MS}
    GROUP BY media_buys.id HAVING 100 * (media_buys.fixed_micros
      + iif(${price} > 0, ${price} * ${listed}, sum(${SPENT} + ${PLANNED}))) >= ${WARN_AT_PERCENT} * media_buys.budget_micros`);
  const [first, ...rest] = near
    .flatMap((buy) => tellBuyBudget(ctx, buy, WARN_AT_PERCENT))
    .map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
  return near.length;
}
