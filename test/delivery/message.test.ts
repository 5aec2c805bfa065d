import fc from "fast-check";
import { expect, test } from "vitest";
import { fillTemplate } from "../../edge/delivery/message.ts";
import { segmentsOf } from "../../edge/delivery/segments.ts";
import { MESSAGES } from "../../templates/messages.ts";
import { segmentsOf as segmentsAtTheCarrier } from "../sandbox/twilio/segments.ts";

const NAMES = ["sender", "link", "first_name", "phone_to_call"] as const;
const word = fc.string({ unit: "binary", maxLength: 30 }).map((text) => text.replaceAll("{", ""));

test("a filled text holds every value just as it is and no placeholder; what is missing is named instead", () => {
  const parts = fc.array(
    fc.oneof(
      word,
      fc.constantFrom(...NAMES).map((name) => ({ name })),
    ),
    { maxLength: 8 },
  );
  const values = fc.record(Object.fromEntries(NAMES.map((name) => [name, fc.option(word, { nil: undefined })])));
  fc.assert(
    fc.property(parts, values, (template, given) => {
      const body = template.map((part) => (typeof part === "string" ? part : `{${part.name}}`)).join("");
      const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const used = template.flatMap((part) => (typeof part === "string" ? [] : [part.name]));
      const holes = [...new Set(used.filter((name) => !fields[name]))];
      const filled = fillTemplate(body, fields);
      if (holes.length > 0) expect(filled).toEqual({ missing: holes });
      else {
        const expected = template.map((part) => (typeof part === "string" ? part : fields[part.name])).join("");
        expect(filled).toEqual({ text: expected });
      }
    }),
  );
});

test("a placeholder named like a part of every object is missing, not filled with code", () => {
  expect(fillTemplate("{constructor} {__proto__} {sender}", { sender: "us" })).toEqual({
    missing: ["constructor", "__proto__"],
  });
});

test("segments are counted as the carrier counts them, and the letters that cost more are named", () => {
  const letters = fc.oneof(
    fc.constantFrom(..."abc 019@£$éñÑ[]{}~|^€\\\n", "ç", "‘", "’", "–", "😀", "š", "É", "Ç", " "),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  );
  const body = fc.array(letters, { maxLength: 400 }).map((all) => all.join("").replaceAll("\u001b", ""));
  fc.assert(
    fc.property(body, (text) => {
      const { encoding, count, culprits } = segmentsOf(text);
      expect({ encoding, count }).toEqual(segmentsAtTheCarrier(text));
      expect(culprits.length > 0).toBe(encoding === "UCS-2");
      for (const culprit of culprits) expect(text).toContain(culprit);
    }),
    { numRuns: 400 },
  );
});

test.each([
  ["a".repeat(160), 1],
  ["a".repeat(161), 2],
  ["a".repeat(306), 2],
  ["a".repeat(307), 3],
  ["€".repeat(80), 1],
  ["€".repeat(81), 2],
  ["ş".repeat(70), 1],
  ["ş".repeat(71), 2],
  ["😀".repeat(35), 1],
  ["😀".repeat(36), 2],
])("at the edge of a segment (%#) the count is right", (text, count) => {
  expect(segmentsOf(text).count).toBe(count);
});

test("every wording of ours is one cheap segment with a usual link, and says how to stop", () => {
  const link = `https://ask.clinic.example/s/${"x".repeat(28)}`;
  for (const body of Object.values(MESSAGES).flatMap((versions) => Object.values(versions))) {
    const filled = fillTemplate(body, { sender: "Common Ground", link, phone_to_call: "202-555-0100" });
    expect(filled).toHaveProperty("text");
    const { encoding, count } = segmentsOf("text" in filled ? filled.text : "");
    expect({ body, encoding, count: count <= 2 }).toEqual({ body, encoding: "GSM-7", count: true });
    expect(body).toContain("STOP");
  }
});
