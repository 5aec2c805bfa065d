import { rhythmOf, type ScheduleRow } from "../../operations/schedule-rows.ts";
import { sourceName } from "../record-words.ts";
import { wallClock } from "../time.ts";
import { procedureWords } from "./run-words.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** What a schedule starts, for people: `Import from Concrete`. */
export function scheduleWords({ kind, arguments: text }: ScheduleRow): string {
  const { source } = JSON.parse(text) as { source?: string };
  if (kind === "import") return `Import from ${source ? sourceName(source) : "its source"}`;
  return procedureWords(kind);
}

/** When, by the wall: `every 40 min, 3:00 PM–12:00 AM UTC` or `12:15 PM, 4:15 PM New York time, Mon Fri`. */
export function rhythmWords(schedule: ScheduleRow): string {
  const { everyMinutes, localTimes, windowOpens, windowCloses, weekdays, timeZone } = rhythmOf(schedule);
  const isAllDay = windowOpens === "00:00" && windowCloses === "24:00";
  const zone = timeZone === "UTC" ? "UTC" : `${timeZone.split("/").at(-1)?.replaceAll("_", " ")} time`;
  const times =
    everyMinutes === null
      ? `${localTimes.map(wallClock).join(", ")} ${zone}`
      : `every ${everyMinutes} min${isAllDay ? "" : `, ${wallClock(windowOpens)}–${wallClock(windowCloses)} ${zone}`}`;
  return weekdays === null ? times : `${times}, ${weekdays.map((day) => DAYS[day - 1]).join(" ")}`;
}
