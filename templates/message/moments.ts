import { Temporal } from "temporal-polyfill";

/** The end of time as JavaScript knows it; past it there is no date to tell. */
const LAST_INSTANT = 8.64e15;
/** A clinic of ours is in the United States: where a language has a form of its own there, that one is used. */
const REGIONS: Record<string, string> = { en: "en-US", es: "es-US", nb: "nb-NO", no: "nb-NO" };

export type MomentFormat =
  | "time-12h"
  | "time-24h"
  | "zone"
  | "day-long"
  | "day-short"
  | "day-year"
  | "number-short"
  | "number-year"
  | "weekday-long"
  | "weekday-short"
  | "month"
  | "date";

const OPTIONS: Record<MomentFormat, Intl.DateTimeFormatOptions> = {
  "time-12h": { hour: "numeric", minute: "2-digit", hourCycle: "h12" },
  "time-24h": { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  zone: { timeZoneName: "short" },
  "day-long": { weekday: "long", month: "long", day: "numeric" },
  "day-short": { weekday: "short", month: "short", day: "numeric" },
  "day-year": { weekday: "long", month: "long", day: "numeric", year: "numeric" },
  "number-short": { month: "numeric", day: "numeric" },
  "number-year": { month: "numeric", day: "numeric", year: "numeric" },
  "weekday-long": { weekday: "long" },
  "weekday-short": { weekday: "short" },
  month: { month: "long", year: "numeric" },
  date: { month: "long", day: "numeric", year: "numeric" },
};

/**
 * An instant (epoch ms) as people of that language read it on a clock in that zone at that instant, so that both days
 * on which clocks change come out right. Null when it is no instant.
 */
export function momentText(
  at: number,
  format: MomentFormat,
  { language, timeZone }: { language: string | null; timeZone: string },
): string | null {
  if (!Number.isFinite(at) || Math.abs(at) > LAST_INSTANT) return null;
  // Zones have short names (MDT) in English only; other languages would say GMT-6.
  const locale = format === "zone" ? "en-US" : localeOf(language);
  const parts = new Intl.DateTimeFormat(locale, { ...OPTIONS[format], timeZone }).formatToParts(at);
  const own = format === "zone" ? parts.filter(({ type }) => type === "timeZoneName") : parts;
  return plainSpaces(own.map(({ value }) => value).join(""));
}

/** `today`, `tomorrow`, the weekday within a week, else weekday and date; counted in the zone's own days. */
export function relativeDay(
  at: number,
  now: number,
  { language, timeZone }: { language: string | null; timeZone: string },
): string | null {
  const weekday = momentText(at, "weekday-short", { language, timeZone });
  if (weekday === null) return null;
  const dayOf = (instant: number) =>
    Temporal.Instant.fromEpochMilliseconds(Math.trunc(instant)).toZonedDateTimeISO(timeZone).toPlainDate();
  const days = dayOf(now).until(dayOf(at), { largestUnit: "day" }).days;
  if (days === 0 || days === 1) {
    return plainSpaces(new Intl.RelativeTimeFormat(localeOf(language), { numeric: "auto" }).format(days, "day"));
  }
  if (days > 1 && days < 7) return weekday;
  return `${weekday} ${momentText(at, "number-short", { language, timeZone })}`;
}

/** A local day (`YYYY-MM-DD`) at its noon in UTC, to be told with `timeZone: "UTC"`; null when it is none. */
export function instantOfDay(day: string): number | null {
  const at = Date.parse(`${day}T12:00:00Z`);
  return Number.isNaN(at) ? null : at;
}

export function localeOf(language: string | null): string {
  const wanted = REGIONS[language ?? "en"] ?? language ?? "en-US";
  try {
    return Intl.getCanonicalLocales(wanted)[0] ?? "en-US";
  } catch {
    return "en-US";
  }
}

/** Intl puts narrow and unbreakable spaces into times; in a text each would more than double the price. */
function plainSpaces(text: string): string {
  return text.replace(/\s/gu, " ");
}
