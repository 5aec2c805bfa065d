import { afterAll, beforeAll, expect, test } from "vitest";
import type { MessagePreview } from "../../edge/contract/operator.ts";
import { type Clinic, type Desk, startDesk } from "../harness.ts";
import { operate } from "../operations/command.ts";
import { hearback, operatorOf } from "./hearback-command.ts";

let desk: Desk;
let clinic: Clinic;
beforeAll(async () => {
  desk = await startDesk();
  const messages = { senderName: "Common Ground", pricePerSegment: 0.0083, currency: "USD" };
  clinic = await desk.addTenant({ settings: { messages, theme: { phoneToCall: "", locales: ["en", "es"] } } });
});
afterAll(() => desk?.close());

async function preview(...args: string[]): Promise<{ exit: number; preview: MessagePreview; err: string }> {
  const { exit, document, err } = await operate(desk, "message", "preview", clinic.slug, ...args);
  return { exit, preview: document as MessagePreview, err };
}

test("a stored wording is shown in each language as a patient would get it, with a link of real length and the price for all", async () => {
  const { exit, preview: shown } = await preview("--template", "survey-invite", "--count", "30000");
  expect(exit).toBe(0);
  expect(shown).toMatchObject({ count: 30_000, currency: "USD" });
  expect(shown.samples.map(({ locale, version }) => [locale, version])).toEqual([
    ["en", 1],
    ["es", 1],
  ]);
  const [english] = shown.samples;
  expect(english?.body).toMatch(/^Common Ground: how was your visit\? .*: https?:\/\/\S+\/s\/[\w-]{28} Reply STOP/);
  expect(english?.sms).toMatchObject({ encoding: "GSM-7", culprits: [] });
  const segments = english?.sms?.segments ?? 0;
  expect(english?.sms?.priceOfAll).toBe(segments * 249);
  expect((await preview("--template", "survey-invite", "--locale", "es")).preview.samples).toHaveLength(1);
});

test("what makes a text dear is named by its code point: a curly quote makes three segments of one", async () => {
  const straight = await preview("--text", `{{cn}}: it's time. ${"a".repeat(130)}`, "--count", "3");
  expect(straight.preview.samples[0]?.sms).toEqual({
    segments: 1,
    encoding: "GSM-7",
    culprits: [],
    price: 0.0083,
    priceOfAll: 0.0249,
  });
  const curly = await preview("--text", `{{cn}}: it’s time. ${"a".repeat(130)}`, "--count", "3");
  expect(curly.preview.samples[0]?.sms).toEqual({
    segments: 3,
    encoding: "UCS-2",
    culprits: [{ letter: "’", codePoint: "U+2019" }],
    price: 0.0249,
    priceOfAll: 0.0747,
  });
  const args = ["message", "preview", clinic.slug, "--text", "Caf\u00e9 \u2615", "--count", "1000"];
  const { out } = await hearback(args, operatorOf(desk));
  expect(out).toBe(
    "[en] sms\nCafé ☕\n1 segment, UCS-2: 0.0083 USD a text, 8.3 USD for 1000\nUCS-2 because of ☕ (U+2615)\n",
  );
});

test("a text that could not be sent so exits 1 and says what to do; a wording that is not there names those that are", async () => {
  const unset = await preview("--text", "Call {{cp}}, {{dear}}");
  expect(unset.exit).toBe(1);
  expect(unset.preview.samples[0]?.problems.map(({ code, found }) => [code, found])).toEqual([
    ["unknown_token", "dear"],
  ]);
  const phoneless = await preview("--text", "Call {{cp}}");
  expect([phoneless.exit, phoneless.preview.samples[0]?.problems[0]?.code]).toEqual([1, "clinic_not_set"]);
  const absent = await preview("--template", "survey-party");
  expect([absent.exit, absent.err]).toEqual([1, expect.stringContaining("survey-invite (en)")]);
});

test("neither or both of template and text, no number for a count: exit 2", async () => {
  const runs = await Promise.all([
    preview(),
    preview("--text", "Hi", "--template", "survey-invite"),
    preview("--text", "Hi", "--count", "many"),
    preview("--text", "Hi", "--locale", "english"),
  ]);
  expect(runs.map(({ exit }) => exit)).toEqual([2, 2, 2, 2]);
  const help = await hearback(["message", "preview", "--help"], {});
  expect([help.exit, help.out]).toEqual([0, expect.stringContaining("--count N")]);
});
