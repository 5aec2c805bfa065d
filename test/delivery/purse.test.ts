import fc from "fast-check";
import { expect, test } from "vitest";
import { openPurse } from "../../edge/delivery/purse.ts";
import type { Budget } from "../../edge/delivery/read-budgets.ts";

const micros = fc.integer({ min: 0, max: 50 });
const nudgeBudget = (mostMicros: number, spentMicros: number): Budget => ({
  ...{ of: "nudge", id: "ndg_1", code: "offer", month: "2027-03", mostMicros, spentMicros },
});

test("what leaves in a batch never costs more than its budget has left, and nothing with room is kept back", () => {
  fc.assert(
    fc.property(micros, micros, fc.array(micros, { maxLength: 30 }), (mostMicros, spentMicros, batch) => {
      const purse = openPurse();
      const budget = nudgeBudget(mostMicros, spentMicros);
      let taken = 0;
      for (const each of batch) {
        const fits = each === 0 || spentMicros + taken + each <= mostMicros;
        expect(purse.fullOne([budget], each)).toBe(fits ? null : budget);
        expect(purse.fullOne([], each)).toBeNull();
        if (!fits) continue;
        const elsewhere = purse.take([budget], each);
        taken += each;
        // The store looks again: it leaves only while no more than this was spent outside the batch.
        expect(elsewhere).toEqual({ nudge: each === 0 ? null : mostMicros - taken, buy: null });
      }
      expect(taken === 0 || spentMicros + taken <= mostMicros).toBe(true);
    }),
  );
});

test("a message takes from the month's budget and from its media buy's, by the buy's own price, and needs room in both", () => {
  const monthly = nudgeBudget(100, 0);
  const buy: Budget = { of: "buy", id: "buy_1", code: "Card", mostMicros: 50, spentMicros: 10, eachMicros: 20 };
  const purse = openPurse();
  expect(purse.fullOne([monthly, buy], 8)).toBeNull();
  expect(purse.take([monthly, buy], 8)).toEqual({ nudge: 92, buy: 30 });
  expect(purse.fullOne([monthly, buy], 8)).toBeNull();
  expect(purse.take([monthly, buy], 8)).toEqual({ nudge: 84, buy: 10 });
  expect(purse.fullOne([monthly, buy], 8)).toBe(buy);
  expect(purse.fullOne([monthly], 85)).toBe(monthly);
});
