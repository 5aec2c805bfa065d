import * as z from "zod";

/** A time on a wall, `HH:MM`. */
export const LocalTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected HH:MM");

/** An IANA zone by name, never an offset; UTC is one. */
export const TimeZone = z.string().refine(isTimeZone, "expected an IANA time zone, such as America/New_York");

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name.includes("/") || name === "UTC";
  } catch {
    return false;
  }
}
