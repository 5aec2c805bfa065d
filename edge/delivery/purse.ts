import type { Context } from "../context.ts";
import { priceNow } from "../prices.ts";
import type { Composed } from "./compose.ts";
import type { Budget } from "./read-budgets.ts";
import type { Prepared } from "./read-facts.ts";

/** What a hand-over is expected to cost, in micros: a text by its segments, all else by the piece. */
export function estimateOf(ctx: Context, provider: string, { touch, to }: Prepared, { segments }: Composed): number {
  const units = touch.channel === "sms" ? segments.count : 1;
  return units * priceNow(ctx, { channel: touch.channel, provider, to: to ?? "" });
}

/** What a message's nudge and its media buy may have spent elsewhere for it still to leave, in micros; null for any sum. */
export type MostSpent = Record<Budget["of"], number | null>;

/** Keeps account of what the messages of one batch take from their budgets, one after the other. */
export function openPurse() {
  const taken = new Map<string, number>();
  const left = ({ id, mostMicros }: Budget) => mostMicros - (taken.get(id) ?? 0);
  const costOf = (budget: Budget, micros: number) => (budget.of === "buy" ? (budget.eachMicros ?? micros) : micros);
  return {
    /** The first of these that a message of that price has no room in; what costs nothing always has. */
    fullOne: (budgets: Budget[], micros: number): Budget | null =>
      budgets.find((budget) => {
        const cost = costOf(budget, micros);
        return cost > 0 && budget.spentMicros + cost > left(budget);
      }) ?? null,
    /** Takes it from each, and says what each may have spent outside this batch for it to leave; null for any sum. */
    take(budgets: Budget[], micros: number): MostSpent {
      const most: MostSpent = { nudge: null, buy: null };
      for (const budget of budgets) {
        const cost = costOf(budget, micros);
        taken.set(budget.id, (taken.get(budget.id) ?? 0) + cost);
        if (cost > 0) most[budget.of] = left(budget);
      }
      return most;
    },
  };
}
