import { readUse } from "../budget.ts";
import type { Context } from "../context.ts";
import type { Recheck } from "../engagement/recheck-nudges.ts";
import { budgetMonth } from "../prices.ts";

/** What a nudge may spend in this month, and what it has, in micros. */
export type Budget = { id: string; code: string; month: string; mostMicros: number; spentMicros: number };

/** This month's budgets, by nudge, of those among the touches' nudges that have one. */
export async function readBudgets(ctx: Context, rechecks: Map<string, Recheck>): Promise<Map<string, Budget>> {
  const nudges = new Map([...rechecks.values()].map(({ nudge }) => [nudge.id, nudge]));
  const limited = [...nudges.values()].flatMap(({ id, code, monthlyBudgetMicros: mostMicros }) =>
    mostMicros === null ? [] : { id, code, mostMicros },
  );
  if (limited.length === 0) return new Map();
  const month = budgetMonth(ctx, ctx.now());
  const use = await readUse(
    ctx,
    limited.map(({ id }) => id),
    [month],
  );
  return new Map(limited.map((each) => [each.id, { ...each, month, spentMicros: use(each.id, month).spentMicros }]));
}
