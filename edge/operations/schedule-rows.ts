import { eq, notInArray, sql } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";
import { nudges } from "../../db/schema/nudges.ts";
import { schedules } from "../../db/schema/operations.ts";
import type { Context } from "../context.ts";
import { Schedule, scheduleId } from "../schedule-settings.ts";
import type { TenantSettings } from "../tenant-settings.ts";
import { nextSlot, type Rhythm } from "./next-slot.ts";

export type ScheduleRow = typeof schedules.$inferSelect;

/** At night, when nobody is written to: the purge and the messages share the clinic's turns of the clock. */
const NIGHTLY_PURGE = Schedule.parse({ kind: "retention", localTimes: ["02:40"] });

/** What is given up after how long, where the settings do not say. A scrape ends itself. */
const TIMEOUT_MINUTES = { scrape: null, import: 30, nudges: 10, retention: 5 } as const;
/** A turn of the clock lasts fifteen minutes at most, and messages are handed over in it, too. */
const MOST_NUDGES_MINUTES = 10;

/** The statements that make a clinic's schedules what its settings say, each at its next slot after `now`. */
export function writeSchedules(db: Db, settings: TenantSettings, now: number) {
  const rows = wantedSchedules(settings).map((schedule) => asRow(schedule, settings, now));
  const upserts = rows.map((row) =>
    db.insert(schedules).values(row).onConflictDoUpdate({ target: schedules.id, set: row }),
  );
  const ids = rows.map(({ id }) => id);
  return [...upserts, db.update(schedules).set({ isActive: 0 }).where(notInArray(schedules.id, ids))];
}

/**
 * Starts the schedule of nudges when the first nudge is set to work, and rests it after the last: without one there is
 * nothing to wake a clinic for. Makes it where a clinic is older than such schedules.
 */
export async function wakeNudges(ctx: Context): Promise<void> {
  const [found] = await ctx.db.all<{ isWanted: number; isActive: number | null; count: number }>(sql`SELECT
    EXISTS (SELECT 1 FROM ${nudges} WHERE status = 'active') AS isWanted, max(is_active) AS isActive, count(*) AS count
    FROM ${schedules} WHERE kind = 'nudges'`);
  if (!found || found.isWanted === (found.isActive ?? 0)) return;
  if (found.count === 0) {
    const [first, ...rest] = writeSchedules(ctx.db, ctx.tenant.settings, ctx.now());
    if (first) await ctx.db.batch([first, ...rest]);
  }
  const [row] = await ctx.db.select().from(schedules).where(eq(schedules.kind, "nudges"));
  if (!row) return;
  // What waits for data runs when they come; all else need not be kept waiting.
  const nextRunAt = row.dependsOn === null ? ctx.now() : nextSlot(rhythmOf(row), ctx.now());
  await ctx.db
    .update(schedules)
    .set({ isActive: found.isWanted, waitingSlotAt: null, nextRunAt })
    .where(eq(schedules.kind, "nudges"));
}

/** The statement that gives a clinic its nightly purge, where it is older than that and has none. */
export function addMissingPurge(db: Db, settings: TenantSettings, now: number) {
  const wanted = wantedSchedules(settings).filter(({ kind }) => kind === "retention");
  const rows = wanted.map((schedule) => asRow(schedule, settings, now));
  return db.insert(schedules).values(rows).onConflictDoNothing();
}

/** The rhythm that a row describes. */
export function rhythmOf(row: Omit<ScheduleRow, "nextRunAt" | "isActive">): Rhythm {
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
  const all = listed ?? [Schedule.parse({ kind: "scrape", localTimes: schedule.localTimes })];
  // By UTC: in a doubled hour, a local clock would leave out twelve runs.
  const nudging = Schedule.parse({ kind: "nudges", everyMinutes: 5, timeZone: "UTC" });
  const missing = [nudging, NIGHTLY_PURGE].filter((usual) => all.every(({ kind }) => kind !== usual.kind));
  return [...all, ...missing];
}

function asRow(wanted: Schedule, settings: TenantSettings, now: number) {
  const { office, schedule } = settings;
  const { kind, source, dependsOn = kind === "nudges" ? sourceKind(settings) : undefined } = wanted;
  const minutes = wanted.timeoutMinutes ?? TIMEOUT_MINUTES[kind];
  const limited = kind === "nudges" && minutes !== null ? Math.min(minutes, MOST_NUDGES_MINUTES) : minutes;
  const row = {
    id: scheduleId(wanted),
    kind,
    localTimes: JSON.stringify(wanted.localTimes ?? []),
    timeZone: wanted.timeZone ?? office.timeZone,
    arguments: JSON.stringify({
      source,
      ...(wanted.skipsClosedDays && { closedDays: office.closedDays }),
    }),
    everyMinutes: wanted.everyMinutes ?? null,
    windowOpens: wanted.windowOpens,
    windowCloses: wanted.windowCloses,
    weekdays: wanted.weekdays ? JSON.stringify(wanted.weekdays) : null,
    dependsOn: dependsOn ?? null,
    timeoutSeconds: limited === null ? null : limited * 60,
    silentAfterHours: schedule.silentAfterHours,
    waitingSlotAt: null,
    // Without a nudge at work there is nothing to wake a clinic for.
    isActive: kind === "nudges" ? sql<number>`EXISTS (SELECT 1 FROM ${nudges} WHERE status = 'active')` : 1,
  };
  return { ...row, nextRunAt: nextSlot(rhythmOf(row), now) };
}

/** Nudges wait for imports wherever there are any. */
function sourceKind({ schedules: listed = [] }: TenantSettings): "import" | undefined {
  return listed.some(({ kind }) => kind === "import") ? "import" : undefined;
}
