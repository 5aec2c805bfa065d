/** What a media buy was agreed to cost, in micros of its currency. `unitMicros` and `postageMicros` are for one piece. */
export type BuyCosts = {
  fixedMicros: number;
  unitMicros: number;
  postageMicros: number;
  /** What the vendor's invoice says; null until there is one. */
  invoicedMicros: number | null;
};

/** What so many pieces cost by the agreed prices: a set-up price, and each piece with its postage. Micros. */
export function quotedMicros({ fixedMicros, unitMicros, postageMicros }: BuyCosts, pieces: number): number {
  return fixedMicros + pieces * (unitMicros + postageMicros);
}

/** What a buy costs: once there is an invoice it counts, and until then what was agreed. Micros. */
export function totalMicros(costs: BuyCosts, fulfilled: number): number {
  return costs.invoicedMicros ?? quotedMicros(costs, fulfilled);
}

/** Micros a piece, not rounded; null while nothing was made. */
export function perRecipientMicros(total: number, fulfilled: number): number | null {
  return fulfilled === 0 ? null : total / fulfilled;
}

/**
 * A total in so many equal parts of whole micros, that add up to it exactly: all have the same remainder, so the first
 * ones take a micro more.
 */
export function equalShares(total: number, parts: number): number[] {
  const least = Math.floor(total / parts);
  const over = total - least * parts;
  return Array.from({ length: parts }, (_, index) => (index < over ? least + 1 : least));
}
