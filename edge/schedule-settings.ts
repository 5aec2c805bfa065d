import * as z from "zod";
import { TimeZone } from "./contract/time-zone.ts";
import { LocalTime } from "./local-time.ts";

export const SCHEDULE_KINDS = ["scrape", "import", "nudges", "retention"] as const;
/** What a schedule can start; `edge/schedule-kinds.ts` says how. */
export type ScheduleKind = (typeof SCHEDULE_KINDS)[number];

/** Rhythms by name. `legacy` is that of the system which clinics come from: every 40 minutes, 15 to 24 o'clock UTC. */
const PROFILES = {
  legacy: { everyMinutes: 40, timeZone: "UTC", windowOpens: "15:00", windowCloses: "24:00" },
} as const;

const Parts = z.strictObject({
  kind: z.enum(SCHEDULE_KINDS),
  /** Which source is imported. */
  source: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,39}$/)
    .optional(),
  /** How many days back the first import reads visits; without it, somewhat more than three years. */
  historyDays: z.int().min(7).max(3650).optional(),
  profile: z.literal("legacy").optional(),
  /** One of the two: an interval, counted from the window's opening, or local times. */
  everyMinutes: z.int().min(1).max(1440).optional(),
  localTimes: z.array(LocalTime).min(1).max(24).optional(),
  /** Without one, the office's. */
  timeZone: TimeZone.optional(),
  windowOpens: LocalTime.default("00:00"),
  windowCloses: LocalTime.or(z.literal("24:00")).default("24:00"),
  /** ISO weekdays, 1 = Monday. */
  weekdays: z.array(z.int().min(1).max(7)).min(1).optional(),
  /** Whether the office's closed days have no slots. */
  skipsClosedDays: z.boolean().default(false),
  /** The kind whose run for the same slot must have ended first, with data that are fresh enough. */
  dependsOn: z.enum(["scrape", "import"]).optional(),
  /** A run that takes longer is given up. */
  timeoutMinutes: z.int().min(1).max(720).optional(),
});

/** One schedule of a clinic, as it is set up. */
export const Schedule = Parts.transform(({ profile, ...parts }) => ({
  ...parts,
  ...(profile && PROFILES[profile]),
})).check(({ value, issues }) => {
  const problem = problemOf(value);
  if (problem) issues.push({ code: "custom", input: value, ...problem });
});
export type Schedule = z.infer<typeof Schedule>;

/** All schedules of a clinic, in place of the usual ones. */
export const Schedules = z.array(Schedule).refine(isDistinct, "two schedules of the same kind and source");

function problemOf(value: z.infer<typeof Parts>): { message: string; path: string[] } | null {
  if ((value.everyMinutes === undefined) === (value.localTimes === undefined)) {
    return { message: "expected either an interval or local times", path: ["everyMinutes"] };
  }
  if (value.windowOpens >= value.windowCloses) {
    return { message: "expected a window that opens before it closes, on one day", path: ["windowCloses"] };
  }
  if ((value.kind === "import") !== (value.source !== undefined)) {
    return { message: "an import, and only an import, names its source", path: ["source"] };
  }
  if (value.historyDays !== undefined && value.kind !== "import") {
    return { message: "only an import reads the past", path: ["historyDays"] };
  }
  if (value.dependsOn === value.kind || (value.dependsOn && value.kind !== "nudges")) {
    return { message: "only nudges wait for another schedule", path: ["dependsOn"] };
  }
  return null;
}

function isDistinct(all: Schedule[]): boolean {
  return new Set(all.map(scheduleId)).size === all.length;
}

/** The row's id, by what it starts. */
export function scheduleId({ kind, source }: { kind: ScheduleKind; source?: string | undefined }): string {
  return source === undefined ? `sch_${kind}` : `sch_${kind}_${source}`;
}
