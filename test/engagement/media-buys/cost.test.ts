import fc from "fast-check";
import { expect, test } from "vitest";
import {
  equalShares,
  perRecipientMicros,
  quotedMicros,
  totalMicros,
} from "../../../edge/engagement/media-buys/cost.ts";

const money = (most: number) => fc.integer({ min: 0, max: most });
const agreed = fc.record({
  fixedMicros: money(1e12),
  unitMicros: money(1e8),
  postageMicros: money(1e8),
  invoicedMicros: fc.constant(null),
});

test("a buy costs what was agreed for the pieces made, until the invoice says otherwise", () => {
  fc.assert(
    fc.property(agreed, money(200_000), money(1e13), (costs, pieces, invoicedMicros) => {
      expect(totalMicros(costs, pieces)).toBe(quotedMicros(costs, pieces));
      expect(totalMicros(costs, pieces + 1) - totalMicros(costs, pieces)).toBe(costs.unitMicros + costs.postageMicros);
      expect(totalMicros({ ...costs, invoicedMicros }, pieces)).toBe(invoicedMicros);
    }),
  );
});

test("shares are whole micros, add up to the total exactly, and differ by one micro at most", () => {
  fc.assert(
    fc.property(money(1e14), fc.integer({ min: 1, max: 5_000 }), (total, parts) => {
      const shares = equalShares(total, parts);
      expect(shares).toHaveLength(parts);
      expect(shares.every(Number.isSafeInteger)).toBe(true);
      expect(shares.reduce((sum, each) => sum + each, 0)).toBe(total);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});

test("nothing made has no cost a piece", () => {
  expect(perRecipientMicros(150_000_000, 0)).toBeNull();
  expect(equalShares(150_000_000, 0)).toEqual([]);
});
