/** A group of people and what the buyers among them spent, in micros; `heads` counts those who bought nothing, too. */
export type Group = { heads: number; spentMicros: number[] };

/** An estimate with the 95 % interval around it. */
export type Estimate = { value: number; low: number; high: number };

/** Fewer people left out than this say nothing of an effect. */
export const LEAST_HELD_OUT = 30;
/** The normal distribution's 97.5 % point. */
const Z = 1.959964;

/** (revenue − total) ÷ total: 25 means that each unit spent brought 25 more than itself. Null where nothing was spent. */
export function roi(revenueMicros: number, totalMicros: number): number | null {
  return totalMicros === 0 ? null : (revenueMicros - totalMicros) / totalMicros;
}

/**
 * What the pieces brought beyond what would have been bought anyway, as those left out by lot show it: the difference a
 * head, times those mailed, in micros. The interval is Welch's, of two means whose spread is not the same. Null where
 * too few were left out, or nobody was mailed.
 */
export function incrementalMicros(mailed: Group, heldOut: Group): Estimate | null {
  if (heldOut.heads < LEAST_HELD_OUT || mailed.heads < 2) return null;
  const [own, other] = [spreadOf(mailed), spreadOf(heldOut)];
  const difference = own.mean - other.mean;
  const margin = Math.sqrt(own.ofMean + other.ofMean) * quantile(own, other);
  const scale = (each: number) => each * mailed.heads;
  return { value: scale(difference), low: scale(difference - margin), high: scale(difference + margin) };
}

/** The same as a return on the total. Null where the effect is, or nothing was spent. */
export function incrementalRoi(incremental: Estimate | null, totalMicros: number): Estimate | null {
  if (incremental === null || totalMicros === 0) return null;
  const of = (micros: number) => (micros - totalMicros) / totalMicros;
  return { value: of(incremental.value), low: of(incremental.low), high: of(incremental.high) };
}

type Spread = { mean: number /** The variance of the mean. */; ofMean: number; heads: number };

function spreadOf({ heads, spentMicros }: Group): Spread {
  const mean = spentMicros.reduce((sum, each) => sum + each, 0) / heads;
  const buyers = spentMicros.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const others = (heads - spentMicros.length) * mean ** 2;
  return { mean, ofMean: (buyers + others) / (heads - 1) / heads, heads };
}

/** Student's 97.5 % point at Welch's degrees of freedom, by the first two terms of its series: good to three digits. */
function quantile(own: Spread, other: Spread): number {
  const all = own.ofMean + other.ofMean;
  if (all === 0) return Z;
  const freedom = all ** 2 / (own.ofMean ** 2 / (own.heads - 1) + other.ofMean ** 2 / (other.heads - 1));
  return Z + (Z ** 3 + Z) / (4 * freedom) + (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * freedom ** 2);
}
