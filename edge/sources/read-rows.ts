import { Temporal } from "temporal-polyfill";
import { AppointmentRow, type RowOutcome } from "../contract/appointments.ts";
import type { AppointmentStatus, TenantSettings } from "../tenant-settings.ts";
import { isDialable } from "./imports/contact-words.ts";

/** A row that may be stored: the source's words, the clinic's status, and the instant. */
export type GoodRow = AppointmentRow & { place: number; fhirStatus: AppointmentStatus; startsAtMs: number };

/** Visits outside these years are a misread page, not a visit. */
const YEARS_AROUND = 2;

/**
 * Sorts a chunk's rows into those that can be stored and those that cannot, each with its reason. A bad row never
 * stops the rows beside it. Reasons name the field and the fix and never repeat what was sent: with swapped columns
 * even a status may hold a birth date.
 */
export function readRows(
  rows: unknown[],
  onDay: string,
  settings: TenantSettings,
  today: Temporal.PlainDate,
): { good: GoodRow[]; rejected: RowOutcome[] } {
  const statuses = new Map(
    Object.entries(settings.schedule.statuses).map(([word, status]) => [word.toLowerCase(), status]),
  );
  const { timeZone } = settings.office;
  const clock = steadyClock(onDay, timeZone);
  const tomorrow = today.add({ days: 1 }).toString();
  const keptFrom = today.subtract({ days: settings.retention.visits }).toString();
  const good: GoodRow[] = [];
  const rejected: RowOutcome[] = [];
  const reject = (row: number, reason: string) => rejected.push({ row, outcome: "rejected", reason });
  for (const [place, raw] of rows.entries()) {
    const result = AppointmentRow.safeParse(raw);
    if (!result.success) {
      const [issue] = result.error.issues;
      reject(
        place,
        `${issue?.path.join(".") || "row"}: ${issue?.code === "invalid_type" ? "missing or of the wrong kind" : issue?.message}`,
      );
      continue;
    }
    const row = withDialablePhone(result.data);
    const fhirStatus = statuses.get(row.status.toLowerCase());
    const startsAtMs =
      clock && row.startsAt.startsWith(onDay) ? clock(row.startsAt) : instantOf(row.startsAt, timeZone);
    const problem =
      (fhirStatus === undefined && "status: not one of the statuses this clinic is set up for") ||
      (startsAtMs === null && "startsAt: the clock skips this time on that day") ||
      (!row.startsAt.startsWith(onDay) && "startsAt: not on the snapshot's day") ||
      (!isPlausible(row, today.year, tomorrow) && "startsAt or birthDate: not a plausible date") ||
      (row.startsAt < keptFrom && "startsAt: older than this clinic keeps visits");
    if (problem || fhirStatus === undefined || startsAtMs === null) reject(place, problem || "row: malformed");
    else good.push({ ...row, place, fhirStatus, startsAtMs });
  }
  return { good, rejected };
}

/** Epoch ms of a wall time in a zone; null where the clock skips it. A doubled hour means its first instance. */
export function instantOf(localMinute: string, timeZone: string): number | null {
  let wall: Temporal.PlainDateTime;
  try {
    wall = Temporal.PlainDateTime.from(localMinute, { overflow: "reject" });
  } catch {
    return null;
  }
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: "compatible" });
  return zoned.toPlainDateTime().equals(wall) ? zoned.epochMilliseconds : null;
}

/**
 * The day's wall times as instants by plain arithmetic, for all but the few days on which the zone's offset changes;
 * null on those. A day's rows share one offset, and asking the zone for each row costs more than all else about it.
 */
function steadyClock(onDay: string, timeZone: string): ((localMinute: string) => number) | null {
  const day = Temporal.PlainDate.from(onDay);
  const [start, end] = [day, day.add({ days: 1 })].map((each) => each.toZonedDateTime(timeZone));
  if (!start || !end || start.offsetNanoseconds !== end.offsetNanoseconds || start.hour !== 0) return null;
  const offsetMs = start.offsetNanoseconds / 1e6;
  return (localMinute) => Date.parse(`${localMinute}Z`) - offsetMs;
}

/** A number that no carrier routes, or one that costs the called extra, is no number; the visit stays. */
function withDialablePhone(row: AppointmentRow): AppointmentRow {
  if (row.phone === null || isDialable(row.phone)) return row;
  return { ...row, phone: null, phoneProblem: "invalid" };
}

function isPlausible(row: AppointmentRow, thisYear: number, tomorrow: string): boolean {
  const years = Math.abs(Number(row.startsAt.slice(0, 4)) - thisYear);
  const birthYear = Number(row.birthDate.slice(0, 4));
  return years <= YEARS_AROUND && birthYear > 1900 && row.birthDate <= tomorrow;
}
