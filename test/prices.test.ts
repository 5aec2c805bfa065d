import fc from "fast-check";
import { expect, test } from "vitest";
import { type Price, priceMicros, toMicros } from "../edge/prices.ts";

const list = (...prices: Price[]) => ({ prices, pricePerSegment: 0.0083 });
const price = (from: string, each: number, more: Partial<Price> = {}): Price => ({
  from,
  channel: "sms",
  each,
  ...more,
});

test("the price is that of the day, the number and the provider; without any, a segment's, and nothing for what is no text", () => {
  const prices = list(
    price("2026-01-01", 0.01),
    price("2027-01-01", 0.02),
    price("2026-01-01", 0.03, { provider: "infobip" }),
    price("2026-01-01", 0.04, { to: "+44" }),
    price("2026-01-01", 0.05, { to: "+447", provider: "twilio" }),
    price("2026-01-01", 0.9, { channel: "print" }),
  );
  const of = (what: Parameters<typeof priceMicros>[1], on = "2026-06-01") => priceMicros(prices, what, on);
  expect(of({ channel: "sms" }, "2025-12-31")).toBe(8_300);
  expect(of({ channel: "sms" })).toBe(10_000);
  expect(of({ channel: "sms" }, "2027-01-01")).toBe(20_000);
  expect(of({ channel: "sms", provider: "infobip" }, "2027-06-01")).toBe(30_000);
  expect(of({ channel: "sms", provider: "infobip", to: "+442025550101" })).toBe(40_000);
  expect(of({ channel: "sms", provider: "twilio", to: "+447025550101" })).toBe(50_000);
  expect(of({ channel: "sms", provider: "infobip", to: "+447025550101" })).toBe(40_000);
  expect(of({ channel: "print" })).toBe(900_000);
  expect(of({ channel: "mail" })).toBe(0);
});

test("the order of a price list changes no price, and a price is a whole number of micros", () => {
  const some = fc.record({
    from: fc.constantFrom("2026-01-01", "2026-06-01", "2027-01-01"),
    channel: fc.constantFrom("sms", "mail", "print"),
    each: fc.double({ min: 0, max: 9, noNaN: true }),
  });
  const distinct = fc.uniqueArray(some, { selector: ({ from, channel }) => from + channel, maxLength: 9 });
  fc.assert(
    fc.property(distinct, fc.constantFrom("2026-05-31", "2026-06-01", "2028-01-01"), (prices, on) => {
      const found = priceMicros(list(...(prices as Price[])), { channel: "sms" }, on);
      expect(priceMicros(list(...(prices.toReversed() as Price[])), { channel: "sms" }, on)).toBe(found);
      expect(Number.isSafeInteger(found)).toBe(true);
    }),
  );
});

test("an amount becomes micros without a float's dust", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), (micros) => {
      expect(toMicros(Number((micros / 1e6).toFixed(6)))).toBe(micros);
    }),
  );
});
