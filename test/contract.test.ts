import { expect, test } from "vitest";
import { nextDigest } from "../edge/contract/appointments.ts";

test("the same rows in the same order give the same digest, another order another", async () => {
  const one = await nextDigest("", [{ a: 1 }, { a: 2 }]);
  expect(await nextDigest("", [{ a: 1 }, { a: 2 }])).toBe(one);
  expect(await nextDigest("", [{ a: 2 }, { a: 1 }])).not.toBe(one);
});
