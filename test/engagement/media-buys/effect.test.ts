import fc from "fast-check";
import { expect, test } from "vitest";
import { attribute, type Bought, type Membership } from "../../../edge/engagement/media-buys/attribute.ts";
import { type Group, incrementalMicros, incrementalRoi, roi } from "../../../edge/engagement/media-buys/effect.ts";

const UNIT = 1_000_000;
const people = ["a", "b", "c"];

const memberships = fc.uniqueArray(
  fc.record({
    mediaBuyId: fc.constantFrom("b1", "b2", "b3"),
    patientId: fc.constantFrom(...people),
    role: fc.constantFrom<Membership["role"]>("mailed", "holdout"),
    fromAt: fc.integer({ min: 0, max: 50 }),
    toAt: fc.integer({ min: 1, max: 100 }),
  }),
  { selector: ({ mediaBuyId, patientId }) => `${mediaBuyId} ${patientId}`, maxLength: 9 },
);
const bought = fc.array(
  fc.record({
    patientId: fc.constantFrom(...people, "stranger"),
    purchasedAt: fc.integer({ min: 0, max: 120 }),
    amountMicros: fc.integer({ min: -1_000, max: 1_000 }),
    status: fc.constantFrom<Bought["status"]>("sold", "returned", "exchanged", "void"),
  }),
  { maxLength: 12 },
);
const total = (spent: Map<string, number> | undefined) =>
  [...(spent?.values() ?? [])].reduce((sum, each) => sum + each, 0);

test("what a person buys goes to one buy that mailed them, the last whose time it is; nothing is counted twice or lost", () => {
  fc.assert(
    fc.property(memberships, bought, (all, lines) => {
      const found = attribute(all, lines);
      const counted = [...found.values()].reduce((sum, { mailed }) => sum + total(mailed), 0);
      const expected = lines.reduce((sum, line) => {
        const isMailed = all.some(
          ({ patientId, role, fromAt, toAt }) =>
            role === "mailed" && patientId === line.patientId && fromAt <= line.purchasedAt && line.purchasedAt < toAt,
        );
        const net =
          line.status === "void" ? 0 : line.status === "returned" ? Math.min(0, line.amountMicros) : line.amountMicros;
        return sum + (isMailed ? net : 0);
      }, 0);
      expect(counted).toBe(expected);
    }),
  );
});

test("the order of rows changes nothing", () => {
  fc.assert(
    fc.property(memberships, bought, (all, lines) => {
      const plain = (found: ReturnType<typeof attribute>) =>
        [...found]
          .flatMap(([buy, { mailed, holdout }]) => [
            ...[...mailed].map(([who, amount]) => `${buy} mailed ${who} ${amount}`),
            ...[...holdout].map(([who, amount]) => `${buy} holdout ${who} ${amount}`),
          ])
          .sort();
      expect(plain(attribute(all.toReversed(), lines.toReversed()))).toEqual(plain(attribute(all, lines)));
    }),
  );
});

test("of two pieces the later gets the sale, also where the first one's group was left out; who was left out last keeps theirs", () => {
  const piece = (mediaBuyId: string, role: Membership["role"], fromAt: number): Membership => ({
    ...{ mediaBuyId, role, fromAt, patientId: "a", toAt: fromAt + 60 },
  });
  const sale: Bought = { patientId: "a", purchasedAt: 40, amountMicros: 100, status: "sold" };
  const goesTo = (...all: Membership[]) =>
    [...attribute(all, [sale])].flatMap(([buy, { mailed, holdout }]) => [
      ...(mailed.size > 0 ? [`${buy} mailed`] : []),
      ...(holdout.size > 0 ? [`${buy} holdout`] : []),
    ]);
  expect(goesTo(piece("b1", "mailed", 0), piece("b2", "mailed", 30))).toEqual(["b2 mailed"]);
  expect(goesTo(piece("b1", "holdout", 0), piece("b2", "mailed", 30))).toEqual(["b2 mailed"]);
  expect(goesTo(piece("b1", "mailed", 0), piece("b2", "holdout", 30))).toEqual(["b1 mailed", "b2 holdout"]);
  expect(goesTo(piece("b1", "mailed", 0), piece("b2", "mailed", 41))).toEqual(["b1 mailed"]);
});

test("a void sale is none, one taken back leaves nothing, and its return is taken off", () => {
  const mailed: Membership = { mediaBuyId: "b1", patientId: "a", role: "mailed", fromAt: 0, toAt: 60 };
  const line = (amountMicros: number, status: Bought["status"]): Bought => ({
    ...{ patientId: "a", purchasedAt: 5, amountMicros, status },
  });
  const lines = [
    line(900, "sold"),
    line(300, "void"),
    line(200, "returned"),
    line(-150, "returned"),
    line(50, "exchanged"),
  ];
  expect(total(attribute([mailed], lines).get("b1")?.mailed)).toBe(800);
});

test("NUDGE-40's numbers: ROI 25.03, incremental revenue 2,660 and incremental ROI 6.29", () => {
  const mailed: Group = { heads: 342, spentMicros: [5_000 * UNIT, 4_500 * UNIT] };
  const heldOut: Group = { heads: 38, spentMicros: [760 * UNIT] };
  const cost = 365 * UNIT;
  expect(roi(9_500 * UNIT, cost)).toBeCloseTo(25.03, 2);
  const incremental = incrementalMicros(mailed, heldOut);
  expect(incremental?.value).toBeCloseTo(2_660 * UNIT, 0);
  expect(incrementalRoi(incremental, cost)?.value).toBeCloseTo(6.29, 2);
});

test("fewer than thirty left out are not enough to say anything, nor is nobody mailed", () => {
  const mailed: Group = { heads: 500, spentMicros: [UNIT] };
  expect(incrementalMicros(mailed, { heads: 29, spentMicros: [] })).toBeNull();
  expect(incrementalMicros(mailed, { heads: 30, spentMicros: [] })).not.toBeNull();
  expect(incrementalMicros({ heads: 0, spentMicros: [] }, { heads: 40, spentMicros: [] })).toBeNull();
  expect(incrementalRoi(incrementalMicros(mailed, { heads: 40, spentMicros: [] }), 0)).toBeNull();
});

test("the interval holds the truth about 95 times in 100, as it says", () => {
  // A linear congruential generator: the same draws in every run.
  let state = 20_270_310;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
  const draw = (heads: number, share: number): Group => ({
    heads,
    spentMicros: Array.from({ length: heads }, () => (random() < share ? (100 + 400 * random()) * UNIT : 0)).filter(
      Boolean,
    ),
  });
  const truth = (0.3 - 0.2) * 300 * 200 * UNIT;
  let held = 0;
  for (let round = 0; round < 1_000; round += 1) {
    const estimate = incrementalMicros(draw(200, 0.3), draw(80, 0.2));
    if (estimate && estimate.low <= truth && truth <= estimate.high) held += 1;
  }
  expect(held).toBeGreaterThan(925);
  expect(held).toBeLessThan(975);
});

test("an interval is around its estimate and grows as fewer are left out", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 30, max: 200 }),
      fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 20 }),
      (held, spent) => {
        const mailed: Group = { heads: 400, spentMicros: spent };
        const [few, many] = [held, held * 4].map((heads) => incrementalMicros(mailed, { heads, spentMicros: [5_000] }));
        expect(few && few.low <= few.value && few.value <= few.high).toBe(true);
        if (few && many) expect(few.high - few.low).toBeGreaterThan(many.high - many.low);
      },
    ),
  );
});
