import fc from "fast-check";
import { expect, test } from "vitest";
import { openPurse } from "../../edge/delivery/purse.ts";

test("what leaves in a batch never costs more than its budget has left, and nothing with room is kept back", () => {
  const micros = fc.integer({ min: 0, max: 50 });
  fc.assert(
    fc.property(micros, micros, fc.array(micros, { maxLength: 30 }), (mostMicros, spentMicros, batch) => {
      const purse = openPurse();
      const budget = { id: "ndg_1", code: "offer", month: "2027-03", mostMicros, spentMicros };
      let taken = 0;
      for (const each of batch) {
        const fits = each === 0 || spentMicros + taken + each <= mostMicros;
        expect(purse.hasRoom(budget, each)).toBe(fits);
        expect(purse.hasRoom(null, each)).toBe(true);
        if (!fits) continue;
        const elsewhere = purse.take(budget, each);
        taken += each;
        // The store looks again: it leaves only while no more than this was spent outside the batch.
        expect(elsewhere).toBe(each === 0 ? null : mostMicros - taken);
      }
      expect(taken === 0 || spentMicros + taken <= mostMicros).toBe(true);
    }),
  );
});
