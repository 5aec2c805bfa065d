import { sql } from "drizzle-orm";
import { nudges } from "../../db/schema/nudges.ts";
import { readUse, tellBudget, WARN_AT_PERCENT } from "../budget.ts";
import type { Context } from "../context.ts";
import { budgetMonth } from "../prices.ts";

/**
 * Tells, once a month, of each nudge at work whose budget is nearly used: by what was spent, at the carriers' own prices
 * as they come, and what is planned. Reads this month's messages of those with a budget.
 */
export async function watchBudgets(ctx: Context): Promise<{ nearlyUsed: number }> {
  const watched = await ctx.db
    .select()
    .from(nudges)
    .where(sql`status = 'active' AND monthly_budget_micros IS NOT NULL`);
  if (watched.length === 0) return { nearlyUsed: 0 };
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
  return { nearlyUsed: near.length };
}
