import { notInArray } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";
import { schedules } from "../../db/schema/operations.ts";
import { Schedule, scheduleId } from "../schedule-settings.ts";
import type { TenantSettings } from "../tenant-settings.ts";
import { nextSlot, type Rhythm } from "./next-slot.ts";

export type ScheduleRow = typeof schedules.$inferSelect;

/** What is given up after how long, where the settings do not say. A scrape ends itself. */
const TIMEOUT_MINUTES = { scrape: null, import: 30 } as const;

/** The statements that make a clinic's schedules what its settings say, each at its next slot after `now`. */
export function writeSchedules(db: Db, settings: TenantSettings, now: number) {
  const rows = wantedSchedules(settings).map((schedule) => asRow(schedule, settings, now));
  const upserts = rows.map((row) =>
    db.insert(schedules).values(row).onConflictDoUpdate({ target: schedules.id, set: row }),
  );
  const ids = rows.map(({ id }) => id);
  return [...upserts, db.update(schedules).set({ isActive: 0 }).where(notInArray(schedules.id, ids))];
}

/** The rhythm that a row describes. */
export function rhythmOf(row: Omit<ScheduleRow, "nextRunAt" | "dependsOn" | "waitingSlotAt">): Rhythm {
  const { closedDays = [] } = JSON.parse(row.arguments) as { closedDays?: string[] };
  return {
    timeZone: row.timeZone,
    localTimes: JSON.parse(row.localTimes) as string[],
    everyMinutes: row.everyMinutes,
    windowOpens: row.windowOpens ?? "00:00",
    windowCloses: row.windowCloses ?? "24:00",
    weekdays: row.weekdays === null ? null : (JSON.parse(row.weekdays) as number[]),
    closedDays,
  };
}

function wantedSchedules({ schedule, schedules: listed }: TenantSettings): Schedule[] {
  return listed ?? [Schedule.parse({ kind: "scrape", localTimes: schedule.localTimes })];
}

function asRow(wanted: Schedule, settings: TenantSettings, now: number) {
  const { office, schedule } = settings;
  const { kind, source } = wanted;
  const minutes = wanted.timeoutMinutes ?? TIMEOUT_MINUTES[kind];
  const row = {
    id: scheduleId(wanted),
    kind,
    localTimes: JSON.stringify(wanted.localTimes ?? []),
    timeZone: wanted.timeZone ?? office.timeZone,
    arguments: JSON.stringify({ source, ...(wanted.skipsClosedDays && { closedDays: office.closedDays }) }),
    everyMinutes: wanted.everyMinutes ?? null,
    windowOpens: wanted.windowOpens,
    windowCloses: wanted.windowCloses,
    weekdays: wanted.weekdays ? JSON.stringify(wanted.weekdays) : null,
    timeoutSeconds: minutes === null ? null : minutes * 60,
    silentAfterHours: schedule.silentAfterHours,
    isActive: 1,
  };
  return { ...row, nextRunAt: nextSlot(rhythmOf(row), now) };
}
