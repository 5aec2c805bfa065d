import { sql } from "drizzle-orm";
import { imports } from "../../db/schema/imports.ts";
import { jobs, schedules, snapshots } from "../../db/schema/operations.ts";
import type { Context } from "../context.ts";
import { visitSource } from "../tenant-settings.ts";
import type { ScheduleRow } from "./schedule-rows.ts";

export type Readiness = "ready" | "waiting" | "too_old";

/** A source that a slot depends on. Instants are epoch ms. */
export type SourceFacts = {
  /** Its own slot has come, a job for it waits or is at work, or what it brought is not applied yet. */
  isUnderWay: boolean;
  /** As of when the newest applied data are; null when there are none. */
  readAt: number | null;
  timeoutSeconds: number | null;
};

const MINUTE_MS = 60_000;
/** A source whose schedule names no limit is waited for this long. */
const WAIT_AT_MOST_SECONDS = 30 * 60;

/**
 * Whether a slot may run now. It waits for a source that is being read, but no longer than that source's own limit;
 * afterwards what counts is how old the data are. Pure.
 */
export function judgeReadiness(
  sources: readonly SourceFacts[],
  slotAt: number,
  now: number,
  maxAgeMinutes: number,
): Readiness {
  const isAwaited = ({ isUnderWay, timeoutSeconds }: SourceFacts) =>
    isUnderWay && now - slotAt < (timeoutSeconds ?? WAIT_AT_MOST_SECONDS) * 1000;
  if (sources.some(isAwaited)) return "waiting";
  const isFresh = ({ readAt }: SourceFacts) => readAt !== null && now - readAt <= maxAgeMinutes * MINUTE_MS;
  return sources.every(isFresh) ? "ready" : "too_old";
}

/** The same from what the store knows; what depends on nothing is ready. */
export async function readReadiness(ctx: Context, schedule: ScheduleRow, slotAt: number): Promise<Readiness> {
  if (schedule.dependsOn === null) return "ready";
  const importSource = sql`json_extract(source.arguments, '$.source')`;
  const scrapeSource = visitSource(ctx.tenant.settings);
  const rows = await ctx.db.all<{ isUnderWay: number; readAt: number | null; timeoutSeconds: number | null }>(sql`SELECT
      source.next_run_at <= ${ctx.now()} OR EXISTS (SELECT 1 FROM ${jobs} AS open WHERE open.kind = source.kind AND open.status IN ('waiting', 'leased')
          AND open.schedule_id = source.id)
        OR EXISTS (SELECT 1 FROM ${imports} AS staged WHERE staged.status IN ('staged', 'held')
          AND staged.status = 'staged' AND staged.source = ${importSource}) AS isUnderWay,
      iif(source.kind = 'import',
        (SELECT min(snapshot_at, finished_at) FROM ${imports} WHERE source = ${importSource} AND status = 'applied'
          ORDER BY started_at DESC LIMIT 1),
        (SELECT finished_at FROM ${snapshots} WHERE finished_at IS NOT NULL AND status IN ('applied', 'released')
          AND source = ${scrapeSource} ORDER BY finished_at DESC LIMIT 1)) AS readAt,
      source.timeout_seconds AS timeoutSeconds
    FROM ${schedules} AS source WHERE source.kind = ${schedule.dependsOn} AND source.is_active = 1`);
  const facts = rows.map(({ isUnderWay, ...rest }) => ({ ...rest, isUnderWay: isUnderWay === 1 }));
  return judgeReadiness(facts, slotAt, ctx.now(), ctx.tenant.settings.remind.dataMaxAgeMinutes);
}
