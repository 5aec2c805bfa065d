import { Temporal } from "temporal-polyfill";

/** A send window that is always open, for tests that are not about it. */
export const openAllDay = { windowOpens: "00:00", windowCloses: "23:59" };

/** One for the whole of a test file: a visit that is pushed twice is the same visit, also over the turn of a minute. */
const BEGAN_AT = Temporal.Now.instant();

/** Today at the clinic. */
export function todayIn(timeZone = "America/New_York"): string {
  return BEGAN_AT.toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/**
 * A zone in which it is about noon, whatever the hour of the day is for us: for what keeps to the law's hours where its
 * reader is, and for what counts days, one of which may not end meanwhile.
 */
export function zoneAtNoon(): string {
  const hours = 12 - new Date().getUTCHours();
  return `Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`;
}

/** A visit of an invented person that began two hours ago (or at midnight), as the container pushes it. */
export function seenVisit(changes: Record<string, unknown> = {}) {
  const now = BEGAN_AT.toZonedDateTimeISO("America/New_York");
  const earlier = now.subtract({ hours: 2 });
  const began = earlier.toPlainDate().equals(now.toPlainDate()) ? earlier : now.startOfDay();
  return {
    patientName: "RIVER TESTERLY",
    birthDate: "1984-03-09",
    phone: "+12025550101",
    startsAt: began.toPlainDateTime().toString({ smallestUnit: "minute" }),
    status: "Seen",
    provider: "BHUC COMMON GROUND",
    type: "CLINICIAN",
    ...changes,
  };
}
