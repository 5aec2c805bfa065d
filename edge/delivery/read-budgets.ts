import type { mediaBuys } from "../../db/schema/nudges.ts";
import { readUse, spentOfBuys, tellBudget, tellBuyBudget } from "../budget.ts";
import type { Context } from "../context.ts";
import type { Recheck } from "../engagement/recheck-nudges.ts";
import { budgetMonth } from "../prices.ts";
import type { TouchRow } from "./read-touch-rows.ts";

/** What may be spent in all, and what is, in micros: of a nudge's month, or of a media buy of texts or mails. */
export type Budget = { id: string; code: string; mostMicros: number; spentMicros: number } & (
  | { of: "nudge"; month: string }
  /** Of a buy that has its own price, one message costs this; else what its carrier takes. */
  | { of: "buy"; eachMicros: number | null }
);

type MediaBuy = typeof mediaBuys.$inferSelect;

/**
 * The budgets that these touches take from, by the id of nudge or media buy, where there are any. A letter's media buy is
 * not among them: staff see its price before they commit it.
 */
export async function readBudgets(
  ctx: Context,
  rechecks: Map<string, Recheck>,
  rows: Pick<TouchRow, "media_buys">[],
): Promise<Map<string, Budget>> {
  const nudges = new Map([...rechecks.values()].map(({ nudge }) => [nudge.id, nudge]));
  const limited = [...nudges.values()].flatMap(({ id, code, monthlyBudgetMicros: mostMicros }) =>
    mostMicros === null ? [] : { id, code, mostMicros },
  );
  const limitedBuys = new Map(
    rows.flatMap(({ media_buys: buy }) =>
      buy && buy.channel !== "print" && buy.budgetMicros !== null ? [[buy.id, buy] as const] : [],
    ),
  );
  const month = budgetMonth(ctx, ctx.now());
  const [ofNudges, ofBuys] = await Promise.all([
    limited.length > 0
      ? readUse(
          ctx,
          limited.map(({ id }) => id),
          [month],
        )
      : null,
    limitedBuys.size > 0 ? readBuys(ctx, [...limitedBuys.values()]) : [],
  ]);
  const monthly = limited.map((each): Budget => {
    return { ...each, of: "nudge", month, spentMicros: ofNudges?.(each.id, month).spentMicros ?? 0 };
  });
  return new Map([...monthly, ...ofBuys].map((budget) => [budget.id, budget]));
}

async function readBuys(ctx: Context, buys: MediaBuy[]): Promise<Budget[]> {
  const rows = await ctx.db.all<{ media_buy_id: string; micros: number }>(spentOfBuys(buys.map(({ id }) => id)));
  const spent = new Map(rows.map((row) => [row.media_buy_id, row.micros]));
  return buys.map(({ id, name, budgetMicros, unitMicros, postageMicros }): Budget => {
    const eachMicros = unitMicros + postageMicros || null;
    const spentMicros = spent.get(id) ?? 0;
    return { of: "buy", id, code: name, mostMicros: budgetMicros ?? 0, spentMicros, eachMicros };
  });
}

/** The statements that tell, once, that a budget is used up. */
export function tellUsedUp(ctx: Context, budget: Budget) {
  return budget.of === "nudge" ? tellBudget(ctx, budget, budget.month, 100) : tellBuyBudget(ctx, budget, 100);
}
