import { Temporal } from "temporal-polyfill";

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs more than formatting a hundred times, and a page formats hundreds. */
function formatter(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const made = formatters.get(key) ?? new Intl.DateTimeFormat("en-US", options);
  formatters.set(key, made);
  return made;
}

/** The office's day at this instant, `YYYY-MM-DD`. */
export function dayAt(at: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** `9:00 AM` at the office. */
export function clockAt(at: number, timeZone: string): string {
  return formatter(`clock ${timeZone}`, { timeZone, hour: "numeric", minute: "2-digit" }).format(at);
}

/** `9:00 AM` for today at the office, `tomorrow 9:00 AM`, else with its date. */
export function whenAt(at: number, now: number, timeZone: string): string {
  const day = dayAt(at, timeZone);
  const days = Temporal.PlainDate.from(dayAt(now, timeZone)).until(day).days;
  const clock = clockAt(at, timeZone);
  if (days === 0) return clock;
  if (days === 1) return `tomorrow ${clock}`;
  if (days === -1) return `yesterday ${clock}`;
  return `${dayFrom(now, day, timeZone)}, ${clock}`;
}

/** `Fri, Nov 20` for a local day, with its year where that could be another: more than ten months away. */
export function dayFrom(now: number, day: string, timeZone: string): string {
  const days = Temporal.PlainDate.from(dayAt(now, timeZone)).until(day).days;
  return Math.abs(days) > 300 ? `${dayName(day)}, ${day.slice(0, 4)}` : dayName(day);
}

/** `Fri, Nov 20` for a local day, or `Friday, November 20, 2026`. */
export function dayName(day: string, long = false): string {
  const date = new Date(`${day}T12:00:00Z`);
  const options: Intl.DateTimeFormatOptions = long
    ? { weekday: "long", month: "long", day: "numeric", year: "numeric" }
    : { weekday: "short", month: "short", day: "numeric" };
  return formatter(`day ${long}`, { ...options, timeZone: "UTC" }).format(date);
}

/** `March 2027` for a month `YYYY-MM`. */
export function monthName(month: string): string {
  return formatter("month", { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${month}-15T12:00:00Z`),
  );
}

/** `3:30 PM` for a local minute `YYYY-MM-DDTHH:MM`. */
export function clockOf(localMinute: string): string {
  return clockAt(Date.parse(`${localMinute}:00Z`), "UTC");
}

/** `3:30 PM` for a time on the wall, `HH:MM`; the end of a day is `24:00`. */
export function wallClock(time: string): string {
  return clockOf(`2000-01-01T${time === "24:00" ? "00:00" : time}`);
}

/** `just now`, `12 minutes ago`, `3 hours ago`, `2 days ago`. */
export function ago(at: number, now: number): string {
  const minutes = Math.floor(Math.max(0, now - at) / 60_000);
  if (minutes < 1) return "just now";
  const [count, unit] =
    minutes < 90
      ? [minutes, "minute"]
      : minutes < 2880
        ? [Math.round(minutes / 60), "hour"]
        : [Math.round(minutes / 1440), "day"];
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}

/** `Mar 9, 1984` for a local day. */
export function dateName(day: string): string {
  return formatter("date", { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
}

export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}
