import fc from "fast-check";
import { expect, test } from "vitest";
import type { Place } from "../../templates/message/escape.ts";
import type { MessageFacts } from "../../templates/message/facts.ts";
import { parseTemplate } from "../../templates/message/parse-template.ts";
import { segmentsOf } from "../../templates/message/segments.ts";
import { isTokenName, TOKENS, type TokenName } from "../../templates/message/tokens.ts";
import { at, filled, someFacts } from "./message-facts.ts";

const PLACES = ["sms", "mail_text", "mail_html", "header", "print"] as const satisfies Place[];
const NAMES = Object.keys(TOKENS).filter(isTokenName);

test.each<[string, string]>([
  ["{{fn}} {{ln}} {{nm}} {{fi}}", "River Testerly River Testerly R"],
  [
    "{{ap}} {{ap:24h}} {{az}} {{ad}} {{ad:year}} {{as}} {{as:year}}",
    "3:30 PM 15:30 MDT Tuesday, March 16 Tuesday, March 16, 2027 3/16 3/16/2027",
  ],
  ["{{aw}} {{aw:short}} {{ar}} {{pv}} {{au}}", "Tuesday Tue tomorrow Dr. Ray 45"],
  ["{{cl}} {{rl}} {{il}} {{sl}}", "https://c.example/1 https://c.example/2 https://c.example/3 https://c.example/4"],
  [
    "{{on}} {{op}} {{op:e164}} {{oa}} {{oc}} {{om}} {{oh}}",
    "Boulder (303) 555-0142 +13035550142 120 Sample Street Boulder https://clinic.example/map 9:30 AM-6:00 PM",
  ],
  ["{{pd}} {{pd:date}} {{py}} {{wd}}", "March 2024 March 20, 2024 2 June 2027"],
  ["{{cn}} {{cp}} {{cw}} {{ca}}", "Boulder Hearing (202) 555-0100 https://clinic.example 1 Sample Way"],
  ["{{oo}} {{of}} {{tp}} {{td:short}}", "Reply STOP to opt out SPRING (202) 555-0143 Mon, Mar 15"],
  ["{{ fn | friend }} \\{{fn}} {one} }", "River {{fn}} {one} }"],
])("each token says what it stands for: %s", (text, expected) => {
  expect(filled(text)).toBe(expected);
});

test("what only mail may say is missing elsewhere: the visit's name, what was bought, the link to unsubscribe", () => {
  expect(filled("{{an}}, {{pc}}, {{ul}}", someFacts(), "mail_text")).toBe(
    "Annual check, Hearing aids, https://c.example/5",
  );
  expect(filled("{{an}} {{pc}} {{ul}}")).toBe("missing: an pc ul");
  expect(filled("{{an}} {{oo}}", someFacts(), "print")).toBe("missing: an oo");
});

test.each([
  ["{{apt}}", "unknown_token"],
  ["{{constructor}}", "unknown_token"],
  ["{{__proto__}}", "unknown_token"],
  ["{{#each visits}}{{/each}}", "unknown_token unknown_token"],
  ["{{FN}}", "unknown_token"],
  ["{{}}", "unknown_token"],
  ["{{ap:13h}}", "bad_format"],
  ["{{fn:upper|there}}", "bad_format"],
  ["{{ap|soon}}", "default_not_allowed"],
  ["{{fn", "unbalanced_braces"],
  ["fn}}", "unbalanced_braces"],
  ["{{fn|{{ln}}}}", "unbalanced_braces unbalanced_braces"],
  ["{{{fn}}}", "unbalanced_braces"],
])("a text with %s is not taken, and says why [BAD-74]", (text, codes) => {
  expect(filled(text)).toBe(codes);
});

test("a name that is a trick counts as missing; an odd but honest one is said, made harmless for its place [NUDGE-32]", () => {
  const nine = { ...someFacts().visit, startsAt: at("2027-02-10T09:00"), endsAt: null, name: null, provider: null };
  const named = (first: string) => someFacts({ visit: nine, person: { first, last: null, full: null } });
  const text = "Hi {{fn|there}}, {{ap}}";
  expect(filled(text, named("{{ln}}<b>"))).toBe("Hi there, 9:00 AM");
  for (const trick of ["evil.example", "www.x", "http://x", "a\u0000b", "x".repeat(61), "{x", "<i>", "42", ""]) {
    expect(filled(text, named(trick))).toBe("Hi there, 9:00 AM");
    expect(filled("Hi {{fn}}", named(trick))).toBe("missing: fn");
  }
  expect(filled(text, named("O'Neil & Co"))).toBe("Hi O'Neil & Co, 9:00 AM");
  expect(filled(text, named("O'Neil & Co"), "mail_text")).toBe("Hi O'Neil & Co, 9:00 AM");
  expect(filled(text, named("O'Neil & Co"), "mail_html")).toBe("Hi O&#39;Neil &amp; Co, 9:00 AM");
});

test.each([
  ["RIVER", "River"],
  ["river", "River"],
  ["McDonald", "McDonald"],
  ["MCDONALD", "McDonald"],
  ["O'NEIL", "O'Neil"],
  ["JEAN-LUC", "Jean-Luc"],
  ["JAMES'S", "James's"],
  ["MACKENZIE", "Mackenzie"],
  ["dela cruz", "Dela Cruz"],
  ["ÉLODIE", "Élodie"],
  ["de'Andre", "de'Andre"],
])("the name %s is said as %s", (first, said) => {
  expect(filled("{{fn}}", someFacts({ person: { first, last: null, full: null } }))).toBe(said);
});

test("the time is told on the office's clock of that day, also when the clock changes the night before [NUDGE-7] [NUDGE-8]", () => {
  const visit = (startsAt: number) => ({ startsAt, endsAt: null, name: null, provider: null });
  const spring = someFacts({ visit: visit(Date.parse("2027-03-14T16:00Z")), now: Date.parse("2027-03-13T16:00Z") });
  expect(filled("{{ar}} {{ad}}, {{ap}} {{az}}", spring)).toBe("tomorrow Sunday, March 14, 10:00 AM MDT");
  const autumn = someFacts({ visit: visit(Date.parse("2027-11-07T16:00Z")), now: Date.parse("2027-11-06T16:00Z") });
  expect(filled("{{ar}} {{ad}}, {{ap}} {{az}}", autumn)).toBe("tomorrow Sunday, November 7, 9:00 AM MST");
  const eve = { ...autumn, visit: visit(Date.parse("2027-11-06T16:00Z")) };
  expect(filled("{{ar}} {{ap}} {{az}}", eve)).toBe("today 10:00 AM MDT");
});

test("one summer morning is nine o'clock in Tempe and in Boulder, each on its own clock [NUDGE-10]", () => {
  const text = (timeZone: string, utc: string) =>
    filled(
      "{{ap}} {{az}}",
      someFacts({ timeZone, visit: { startsAt: Date.parse(utc), endsAt: null, name: null, provider: null } }),
    );
  expect(text("America/Phoenix", "2027-07-01T16:00Z")).toBe("9:00 AM MST");
  expect(text("America/Denver", "2027-07-01T15:00Z")).toBe("9:00 AM MDT");
});

test("Spanish is told in Spanish; a text gives up the accent that would cost it a segment, mail does not", () => {
  const visit = { startsAt: at("2027-03-20T15:30"), endsAt: null, name: null, provider: null };
  const spanish = someFacts({ language: "es", visit });
  expect(filled("{{ad}}, {{ap}}, {{ar}}", spanish)).toBe("sabado, 20 de marzo, 3:30 p.m., sab");
  expect(filled("{{ad}}", spanish, "mail_text")).toBe("sábado, 20 de marzo");
  expect(segmentsOf(filled("{{ad}} {{ap}} {{az}} {{oo}}", spanish)).encoding).toBe("GSM-7");
  expect(filled("{{ar}}", { ...spanish, now: at("2027-03-19T23:00") })).toBe("mañana");
});

test("161 plain characters are two segments; one curly quote among them makes three, and it is named [NUDGE-33]", () => {
  expect(segmentsOf("a".repeat(161))).toMatchObject({ count: 2, encoding: "GSM-7", culprits: [] });
  expect(segmentsOf(`${"a".repeat(160)}’`)).toMatchObject({ count: 3, encoding: "UCS-2", culprits: ["’"] });
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc
    .array(fc.constantFrom("{{", "}}", "{", "}", "fn", "|", ":", "\\", "<b>", "\u202e", "\r\n", "Ann", "&", "'", '"'), {
      maxLength: 8,
    })
    .map((all) => all.join("")),
);
const maybe = fc.option(hostile, { nil: null });
const instant = fc.oneof(
  fc.integer({ min: 0, max: 4e12 }),
  fc.double(),
  fc.constantFrom(Number.NaN, 8.64e15, 9e15, -1),
);
const anyFacts: fc.Arbitrary<MessageFacts> = fc.record({
  now: fc.integer({ min: 0, max: 4e12 }),
  language: maybe,
  timeZone: fc.constantFrom("America/Denver", "America/Phoenix", "Europe/Oslo", "UTC"),
  clinic: fc.record({ name: hostile, phone: maybe, site: maybe, postalAddress: maybe }),
  office: fc.option(
    fc.record({
      name: hostile,
      phone: maybe,
      addressLine: maybe,
      city: maybe,
      mapUrl: maybe,
      openHours: fc.option(fc.array(maybe, { maxLength: 7 }), { nil: null }),
    }),
    { nil: null },
  ),
  person: fc.option(fc.record({ first: maybe, last: maybe, full: maybe }), { nil: null }),
  visit: fc.option(
    fc.record({ startsAt: instant, endsAt: fc.option(instant, { nil: null }), name: maybe, provider: maybe }),
    { nil: null },
  ),
  purchase: fc.option(fc.record({ purchasedAt: instant, category: maybe, warrantyEndOn: maybe }), { nil: null }),
  offer: fc.option(fc.record({ code: maybe, trackingPhone: maybe }), { nil: null }),
  links: fc.dictionary(fc.constantFrom("cl", "rl", "il", "sl", "ul"), hostile, { maxKeys: 5 }),
});
const tokenText = fc.constantFrom(...NAMES).chain((name: TokenName) =>
  fc
    .record({
      format: fc.constantFrom("", ...TOKENS[name].formats.map((format) => `:${format}`)),
      fallback: fc.constantFrom("", "|there"),
    })
    .map(({ format, fallback }) => `{{${name}${format}${TOKENS[name].whenMissing === "default" ? fallback : ""}}}`),
);
const goodText = fc
  .array(fc.oneof(tokenText, fc.constantFrom("Hello ", ", ", "!", "{", " }")), { maxLength: 8 })
  .map((all) => all.join(" "));

test("whatever the facts, a good text is filled or names what is missing, and no value brings a brace with it [NUDGE-32]", () => {
  fc.assert(
    fc.property(goodText, anyFacts, fc.constantFrom(...PLACES), (text, facts, place) => {
      const out = filled(text, facts, place);
      expect(out).not.toMatch(/\{\{|\}\}/);
      expect(out).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      if (place === "header") expect(out).not.toMatch(/[\r\n]/);
      if (place === "mail_html") expect(out).not.toMatch(/[<>"]/);
    }),
    { numRuns: 600 },
  );
});

test("a good text is filled whenever every fact is there", () => {
  const inMail = goodText.map((text) => text.replace(/\{\{oo[^}]*\}\}/g, ""));
  fc.assert(
    fc.property(inMail, (text) => {
      expect(filled(text, someFacts(), "mail_text")).not.toMatch(/^missing|\{\{/);
    }),
  );
});

test("any text at all is read or refused, never half read", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const read = parseTemplate(text);
      if ("errors" in read) expect(read.errors.length).toBeGreaterThan(0);
      else expect(read.parts.every((part) => typeof part !== "string" || part !== "")).toBe(true);
    }),
    { numRuns: 500 },
  );
});
