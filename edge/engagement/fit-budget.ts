import { readUse, tellBudget, type Use } from "../budget.ts";
import type { Context } from "../context.ts";
import { budgetMonth } from "../prices.ts";
import type { Wanted } from "./diff-wanted.ts";
import { priceSteps } from "./price-steps.ts";
import type { LiveNudge, Step } from "./read-nudges.ts";

/** What is planned with its estimate, and how many messages the budget has no room for. */
export type Fitted = { insert: Wanted[]; overBudget: number };

/**
 * Gives each new message of a step's page its estimate, and plans only as many as the month's budget has room for beside
 * what is spent and planned already: those that leave first (pages come in the order of their anchors). The others are
 * not written down, so that a run after the budget was raised plans them; that it is used up is told once a month.
 */
export async function fitBudget(ctx: Context, { nudge }: LiveNudge, step: Step, wanted: Wanted[]): Promise<Fitted> {
  if (wanted.length === 0) return { insert: [], overBudget: 0 };
  const eachMicros = (await priceSteps(ctx, [step])).get(step.id) ?? 0;
  const priced = wanted.map((each) => ({ ...each, estimateMicros: each.skip === null ? eachMicros : 0 }));
  if (nudge.monthlyBudgetMicros === null) return { insert: priced, overBudget: 0 };
  const months = [...new Set(priced.map(({ dueAt }) => budgetMonth(ctx, dueAt)))];
  const use = await readUse(ctx, [nudge.id], months);
  const room = new Map(months.map((month) => [month, roomOf(nudge.monthlyBudgetMicros, use(nudge.id, month))]));
  const full = new Set<string>();
  const insert = priced
    .toSorted((one, other) => one.dueAt - other.dueAt)
    .filter(({ dueAt, estimateMicros }) => {
      const month = budgetMonth(ctx, dueAt);
      const left = (room.get(month) ?? 0) - estimateMicros;
      if (estimateMicros > 0 && left < 0) full.add(month);
      else room.set(month, left);
      return estimateMicros === 0 || left >= 0;
    });
  const [first, ...rest] = [...full]
    .flatMap((month) => tellBudget(ctx, nudge, month, 100))
    .map((one) => ctx.db.run(one));
  if (first) await ctx.db.batch([first, ...rest]);
  return { insert, overBudget: priced.length - insert.length };
}

/** The steps (by id) of these nudges whose message this month's budget has no room for at this moment. */
export async function stepsWithoutRoom(ctx: Context, live: LiveNudge[]): Promise<Set<string>> {
  const limited = live.filter(({ nudge }) => nudge.monthlyBudgetMicros !== null);
  if (limited.length === 0) return new Set();
  const month = budgetMonth(ctx, ctx.now());
  const [use, prices] = await Promise.all([
    readUse(
      ctx,
      limited.map(({ nudge }) => nudge.id),
      [month],
    ),
    priceSteps(
      ctx,
      limited.flatMap(({ steps }) => steps),
    ),
  ]);
  const full = limited.flatMap(({ nudge, steps }) => {
    const room = roomOf(nudge.monthlyBudgetMicros, use(nudge.id, month));
    return steps.filter(({ id }) => (prices.get(id) ?? 0) > Math.max(0, room));
  });
  return new Set(full.map(({ id }) => id));
}

/** What is left of a month's budget beside what is spent and planned; without a budget there is always room. */
export function roomOf(budgetMicros: number | null, { spentMicros, plannedMicros }: Use): number {
  return budgetMicros === null ? Number.POSITIVE_INFINITY : budgetMicros - spentMicros - plannedMicros;
}
