import { nextSlot } from "../../edge/operations/next-slot.ts";

/** The next of these local times after an instant (epoch ms), on any day. */
export function nextDaily(localTimes: string[], timeZone: string, after: number): number {
  const allDay = { everyMinutes: null, windowOpens: "00:00", windowCloses: "24:00", weekdays: null, closedDays: [] };
  return nextSlot({ timeZone, localTimes, ...allDay }, after);
}
