import type { MediaBuy } from "../../delivery/media-buys/move-buy.ts";
import type { Estimate } from "../../engagement/media-buys/effect.ts";
import { counted, microsWords, type State } from "../words.ts";
import { type Shown, TOO_FEW } from "./numbers.ts";

const STATES: Record<MediaBuy["status"], State> = {
  draft: { tone: "wait", label: "list is open" },
  committed: { tone: "warn", label: "committed, on its way to the printer" },
  in_production: { tone: "warn", label: "being made" },
  mailed: { tone: "ok", label: "mailed" },
  completed: { tone: "ok", label: "complete" },
  cancelled: { tone: "off", label: "cancelled" },
  invoiced: { tone: "ok", label: "invoiced" },
};

/** Where a media buy stands. */
export function buyState({ status }: Pick<MediaBuy, "status">): State {
  return STATES[status];
}

/** Money as far as it may be said: `$365.00`, `too few` or a dash. */
export function moneyShown(micros: Shown, currency: string): string {
  if (micros === null) return "–";
  return micros === TOO_FEW ? micros : microsWords(micros, currency);
}

/** A ratio as far as it may be said: `25.03`. */
export function ratioShown(ratio: Shown): string {
  if (ratio === null) return "–";
  return ratio === TOO_FEW ? ratio : ratio.toFixed(2);
}

export function countShown(count: Shown): string {
  return typeof count === "number" ? counted(count) : (count ?? "–");
}

/** `6.29 (−1.20 to 13.78)`, or why there is none. */
export function estimateShown(estimate: Estimate | null): string {
  if (estimate === null) return "not enough data";
  const { value, low, high } = estimate;
  return `${signed(value)} (${signed(low)} to ${signed(high)})`;
}

function signed(value: number): string {
  return value.toFixed(2).replace("-", "−");
}
