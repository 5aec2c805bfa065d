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

/** Keeps account of what the messages of one batch take from their nudges' budgets, one after the other. */
export function openPurse() {
  const taken = new Map<string, number>();
  const left = ({ id, mostMicros }: Budget) => mostMicros - (taken.get(id) ?? 0);
  return {
    /** What costs nothing always has room. */
    hasRoom: (budget: Budget | null, micros: number) =>
      budget === null || micros === 0 || budget.spentMicros + micros <= left(budget),
    /** Takes it, and says what may have been spent outside this batch for it to leave; null for any sum. */
    take(budget: Budget | null, micros: number): number | null {
      if (budget === null || micros === 0) return null;
      taken.set(budget.id, (taken.get(budget.id) ?? 0) + micros);
      return left(budget);
    },
  };
}
