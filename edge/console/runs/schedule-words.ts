import { rhythmOf, type ScheduleRow } from "../../operations/schedule-rows.ts";
import { procedureWords } from "./run-words.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** What a schedule starts, for people: `Import from concrete`. */
export function scheduleWords({ kind, arguments: text }: ScheduleRow): string {
  const { source } = JSON.parse(text) as { source?: string };
  if (kind === "import") return `Import from ${source ?? "its source"}`;
  return procedureWords(kind);
}

/** When, by the wall: `every 40 min, 15:00–24:00 UTC` or `12:15, 16:15 New York time, Mon, Fri`. */
export function rhythmWords(schedule: ScheduleRow): string {
  const { everyMinutes, localTimes, windowOpens, windowCloses, weekdays, timeZone } = rhythmOf(schedule);
  const isAllDay = windowOpens === "00:00" && windowCloses === "24:00";
  const zone = timeZone === "UTC" ? "UTC" : `${timeZone.split("/").at(-1)?.replaceAll("_", " ")} time`;
  const times =
    everyMinutes === null
      ? `${localTimes.join(", ")} ${zone}`
      : `every ${everyMinutes} min${isAllDay ? "" : `, ${windowOpens}–${windowCloses} ${zone}`}`;
  return weekdays === null ? times : `${times}, ${weekdays.map((day) => DAYS[day - 1]).join(" ")}`;
}
