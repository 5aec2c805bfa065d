import { Temporal } from "temporal-polyfill";
import type { Place } from "../../templates/message/escape.ts";
import type { MessageFacts } from "../../templates/message/facts.ts";
import { parseTemplate } from "../../templates/message/parse-template.ts";
import { render } from "../../templates/message/render.ts";

/** An instant (epoch ms) of a wall time in a zone, as `2027-03-14T10:00` in `America/Denver`. */
export function at(wallTime: string, timeZone = "America/Denver"): number {
  return Temporal.PlainDateTime.from(wallTime).toZonedDateTime(timeZone).epochMilliseconds;
}

/** Invented facts with a value for every token; a change replaces a whole part. */
export function someFacts(changes: Partial<MessageFacts> = {}): MessageFacts {
  return {
    now: at("2027-03-15T08:00"),
    language: "en",
    timeZone: "America/Denver",
    clinic: {
      name: "Boulder Hearing",
      phone: "+12025550100",
      site: "https://clinic.example",
      postalAddress: "1 Sample Way",
    },
    office: {
      name: "Boulder",
      phone: "+13035550142",
      addressLine: "120 Sample Street",
      city: "Boulder",
      mapUrl: "https://clinic.example/map",
      openHours: ["08:00-17:00", "09:30-18:00", null, null, null, null, null],
    },
    person: { first: "River", last: "Testerly", full: "River Testerly" },
    visit: {
      startsAt: at("2027-03-16T15:30"),
      endsAt: at("2027-03-16T16:15"),
      name: "Annual check",
      provider: "Dr. Ray",
    },
    purchase: { purchasedAt: at("2024-03-20T11:00"), category: "Hearing aids", warrantyEndOn: "2027-06-30" },
    offer: { code: "SPRING", trackingPhone: "+12025550143" },
    links: {
      cl: "https://c.example/1",
      rl: "https://c.example/2",
      il: "https://c.example/3",
      sl: "https://c.example/4",
      ul: "https://c.example/5",
    },
    ...changes,
  };
}

/** The filled text, `missing: …`, or the codes of what is wrong with the text. */
export function filled(text: string, facts: MessageFacts = someFacts(), place: Place = "sms"): string {
  const parsed = parseTemplate(text);
  if ("errors" in parsed) return parsed.errors.map(({ code }) => code).join(" ");
  const result = render(parsed.parts, facts, place);
  return "text" in result ? result.text : `missing: ${result.missing.join(" ")}`;
}
