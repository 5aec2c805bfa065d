import { Temporal } from "temporal-polyfill";
import type { Step } from "../read-nudges.ts";

const MINUTE_MS = 60_000;

type Slotted = Pick<Step, "channel" | "atLocal" | "slotMinutes">;

/**
 * When the slot begins (epoch ms) whose media buy a message due at `dueAt` belongs to: letters, and whatever is said at
 * a wall time, by the local day; else by the step's slot, counted from the day's midnight.
 */
export function slotStartsAt(step: Slotted, dueAt: number, timeZone: string): number {
  const midnight = dayOf(dueAt, timeZone).toZonedDateTime(timeZone).epochMilliseconds;
  if (isByDay(step)) return midnight;
  const slotMs = step.slotMinutes * MINUTE_MS;
  return midnight + Math.floor((dueAt - midnight) / slotMs) * slotMs;
}

/** When the slot after the one that begins at `slotAt` begins (epoch ms). */
export function nextSlotStartsAt(step: Slotted, slotAt: number, timeZone: string): number {
  const tomorrow = dayOf(slotAt, timeZone).add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds;
  return isByDay(step) ? tomorrow : Math.min(slotAt + step.slotMinutes * MINUTE_MS, tomorrow);
}

function isByDay({ channel, atLocal }: Slotted): boolean {
  return channel === "print" || atLocal !== null;
}

function dayOf(at: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
}
