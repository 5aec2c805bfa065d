import fc from "fast-check";
import { expect, test } from "vitest";
import { segmentsOf } from "../../templates/message/segments.ts";
import { visitLinks } from "../../templates/message/visit-links.ts";
import { MESSAGES } from "../../templates/messages.ts";
import { HEARING_TEMPLATES } from "../../templates/tenants/hearing-clinic.ts";
import { segmentsOf as segmentsAtTheCarrier } from "../sandbox/twilio/segments.ts";
import { filled, someFacts } from "./message-facts.ts";

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
  const facts = someFacts({ clinic: { ...someFacts().clinic, name: "Common Ground" }, links: { sl: link, cl: link } });
  for (const body of Object.values(MESSAGES).flatMap((versions) => Object.values(versions))) {
    const text = filled(body, facts);
    expect(text).toMatch(/\{\{[sc]l\}\}/.test(body) ? /^Common Ground: .*https:/ : /^Common Ground: .*[\d:]{4} [ap]/i);
    const { encoding, count } = segmentsOf(text);
    expect({ body, encoding, count: count <= 2 }).toEqual({ body, encoding: "GSM-7", count: true });
    expect(body).toContain("STOP");
  }
});

test("the kits' reminder with a link to confirm stays in one cheap segment, with a long clinic's and person's name", () => {
  const base = someFacts();
  const startsAt = Date.parse("2027-11-24T17:30:00Z");
  for (const [language, { body }] of Object.entries(HEARING_TEMPLATES[0].wordings)) {
    const text = filled(body, {
      ...base,
      language,
      timeZone: "America/Chicago",
      clinic: { ...base.clinic, name: "South Suburban Sound" },
      person: { first: "Christopher", last: null, full: null },
      visit: { startsAt, endsAt: null, name: null, provider: null },
      links: visitLinks(`https://go.clinic.example/v/${"x".repeat(28)}`),
    });
    expect(text).toMatch(/Christopher, .*11\/24|24\/11/);
    expect({ text, ...segmentsOf(text) }).toMatchObject({ text, encoding: "GSM-7", count: 1 });
  }
});
