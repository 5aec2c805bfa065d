import * as z from "zod";

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
