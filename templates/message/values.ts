import { Temporal } from "temporal-polyfill";
import type { MessageFacts } from "./facts.ts";
import { instantOfDay, type MomentFormat, momentText, relativeDay } from "./moments.ts";
import { plausibleName } from "./names.ts";
import { displayPhone } from "./phones.ts";
import type { TokenName } from "./tokens.ts";

type Value = (facts: MessageFacts, format: string) => string | null | undefined;

/** What stops texts, in the languages that texts are written in. */
const OPT_OUT: Record<string, string> = {
  en: "Reply STOP to opt out",
  es: "Responda STOP para no recibir mas",
};

const VALUES: Record<TokenName, Value> = {
  fn: ({ person }) => plausibleName(person?.first),
  ln: ({ person }) => plausibleName(person?.last),
  nm: ({ person }) => plausibleName(person?.full),
  fi: ({ person }) => [...(plausibleName(person?.first) ?? "")][0],
  ap: (facts, format) => ofVisit(facts, `time-${format}` as MomentFormat),
  az: (facts) => ofVisit(facts, "zone"),
  ad: (facts, format) => ofVisit(facts, `day-${format}` as MomentFormat),
  as: (facts, format) => ofVisit(facts, `number-${format}` as MomentFormat),
  aw: (facts, format) => ofVisit(facts, `weekday-${format}` as MomentFormat),
  ar: (facts) => facts.visit && relativeDay(facts.visit.startsAt, facts.now, facts),
  an: ({ visit }) => plausibleName(visit?.name),
  pv: ({ visit }) => plausibleName(visit?.provider),
  au: ({ visit }) => (visit?.endsAt ? wholeNumber((visit.endsAt - visit.startsAt) / 60_000) : null),
  cl: ({ links }) => links.cl,
  rl: ({ links }) => links.rl,
  il: ({ links }) => links.il,
  sl: ({ links }) => links.sl,
  on: ({ office }) => office?.name,
  op: ({ office }, format) => phone(office?.phone, format),
  oa: ({ office }) => office?.addressLine,
  oc: ({ office }) => office?.city,
  om: ({ office }) => office?.mapUrl,
  oh: (facts) => hoursOf(facts),
  pd: (facts, format) => facts.purchase && momentText(facts.purchase.purchasedAt, format as MomentFormat, facts),
  pc: ({ purchase }) => plausibleName(purchase?.category),
  py: (facts) => yearsSincePurchase(facts),
  wd: (facts, format) => dayText(facts, facts.purchase?.warrantyEndOn, format as MomentFormat),
  cn: ({ clinic }) => clinic.name,
  cp: ({ clinic }, format) => phone(clinic.phone, format),
  cw: ({ clinic }) => clinic.site,
  ca: ({ clinic }) => clinic.postalAddress,
  oo: ({ language }) => OPT_OUT[language?.slice(0, 2) ?? "en"] ?? OPT_OUT.en,
  ul: ({ links }) => links.ul,
  of: ({ offer }) => offer?.code,
  tp: ({ offer }, format) => phone(offer?.trackingPhone, format),
  td: (facts, format) => momentText(facts.now, `day-${format}` as MomentFormat, facts),
};

/** What the token stands for, not yet made harmless; null when it is not known or not plausible. */
export function valueFor(token: TokenName, format: string, facts: MessageFacts): string | null {
  return VALUES[token](facts, format)?.trim() || null;
}

function ofVisit(facts: MessageFacts, format: MomentFormat): string | null {
  return facts.visit && momentText(facts.visit.startsAt, format, facts);
}

function phone(number: string | null | undefined, format: string): string | null {
  if (!number) return null;
  return format === "e164" ? number : displayPhone(number);
}

function wholeNumber(value: number): string | null {
  return Number.isFinite(value) && value > 0 ? String(Math.round(value)) : null;
}

function dayText({ language }: MessageFacts, day: string | null | undefined, format: MomentFormat): string | null {
  const at = day ? instantOfDay(day) : null;
  return at === null ? null : momentText(at, format, { language, timeZone: "UTC" });
}

function yearsSincePurchase({ purchase, now, timeZone }: MessageFacts): string | null {
  // A date that does not exist has no anniversary.
  if (!purchase || momentText(purchase.purchasedAt, "date", { language: null, timeZone }) === null) return null;
  const dayOf = (at: number) =>
    Temporal.Instant.fromEpochMilliseconds(Math.trunc(at)).toZonedDateTimeISO(timeZone).toPlainDate();
  const { years } = dayOf(purchase.purchasedAt).until(dayOf(now), { largestUnit: "year" });
  return years > 0 ? String(years) : null;
}

/** `9:00 AM-5:00 PM` on the visit's weekday. */
function hoursOf({ office, visit, language, timeZone }: MessageFacts): string | null {
  if (!office?.openHours || !visit) return null;
  if (momentText(visit.startsAt, "zone", { language, timeZone }) === null) return null;
  const here = Temporal.Instant.fromEpochMilliseconds(Math.trunc(visit.startsAt)).toZonedDateTimeISO(timeZone);
  const hours = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(office.openHours[here.dayOfWeek - 1] ?? "");
  if (!hours) return null;
  const clock = (time?: string) =>
    momentText(Date.parse(`2000-01-01T${time}Z`), "time-12h", { language, timeZone: "UTC" });
  return `${clock(hours[1])}-${clock(hours[2])}`;
}
