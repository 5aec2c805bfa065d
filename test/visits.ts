import { Temporal } from "temporal-polyfill";

/** A send window that is always open, for tests that are not about it. */
export const openAllDay = { windowOpens: "00:00", windowCloses: "23:59" };

/** Today at the clinic. */
export function todayIn(timeZone = "America/New_York"): string {
  return Temporal.Now.zonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** A visit of an invented person that began two hours ago (or at midnight), as the container pushes it. */
export function seenVisit(changes: Record<string, unknown> = {}) {
  const now = Temporal.Now.zonedDateTimeISO("America/New_York");
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
