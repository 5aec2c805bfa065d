import { TOTP } from "otpauth";
import { expect, test } from "vitest";
import { codesIn, newCode } from "../../scraper/mfa/code-source.ts";
import { freshTotp } from "../../scraper/mfa/fresh-totp.ts";

const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const WINDOW_AT = 1_763_600_010_000;
const signal = new AbortController().signal;

test("a code is found anywhere in a text, with five digits or more, and other numbers are none", () => {
  const texts = [
    "Your code is: 48213. Thank you.",
    " FW: your code is: 1234567. Thank you. Reply STOP",
    "Your code is: 1234. Thank you.",
    "Your pickup code is 77120",
    "Call (202) 555-0101",
  ];
  expect(codesIn(texts)).toEqual(["48213", "1234567"]);
});

test("only a code that was not known is new, and the same digits sent again are", () => {
  expect(newCode(["11111", "22222"], ["22222", "11111"])).toBeUndefined();
  expect(newCode(["11111", "33333", "22222"], ["22222", "11111"])).toBe("33333");
  expect(newCode(["11111", "11111"], ["11111"])).toBe("11111");
});

test("a one-time password with time left is given at once, and is the authenticator's", async () => {
  const now = () => WINDOW_AT + 10_000;
  expect(await freshTotp(SECRET, { now, signal })).toBe(new TOTP({ secret: SECRET }).generate({ timestamp: now() }));
});

test("with less than five seconds left, the next window's password is given", async () => {
  const startedAt = Date.now();
  const now = () => WINDOW_AT + 29_500 + (Date.now() - startedAt);
  const given = await freshTotp(SECRET, { now, signal });
  expect(given).toBe(new TOTP({ secret: SECRET }).generate({ timestamp: WINDOW_AT + 30_000 }));
});

test("waiting for the next window ends with the run", async () => {
  const now = () => WINDOW_AT + 26_000;
  await expect(freshTotp(SECRET, { now, signal: AbortSignal.timeout(50) })).rejects.toThrow();
});
