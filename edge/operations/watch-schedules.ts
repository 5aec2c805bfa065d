import { sql } from "drizzle-orm";
import { alarms, schedules } from "../../db/schema/operations.ts";
import { type AlarmCode, raiseAlarm } from "../alarms.ts";
import type { Context } from "../context.ts";
import type { Counts } from "../procedure.ts";
import { nextSlot } from "./next-slot.ts";
import { rhythmOf, type ScheduleRow } from "./schedule-rows.ts";

const SLOTS_WITHOUT_SUCCESS = 3;
const FAILURES_IN_A_ROW = 2;

type PastRuns = {
  id: string;
  /** When the last run that succeeded began, or the first run of all. */
  goodAt: number | null;
  /** How many of the last two that ended were failures. */
  failures: number;
};

/**
 * Raises what nobody would otherwise notice about imports and nudges: two failures in a row, and three slots gone by
 * without a success. Each once until it is acknowledged. Readings of an EHR have their own limit of hours.
 */
export async function watchSchedules(ctx: Context): Promise<Counts> {
  const watched = await ctx.db.select().from(schedules).where(sql`is_active = 1 AND kind <> 'scrape'`);
  if (watched.length === 0) return {};
  const records = await readPastRuns(ctx);
  let raised = 0;
  for (const schedule of watched) {
    const record = records.get(schedule.id);
    if (!record) continue;
    if (record.failures >= FAILURES_IN_A_ROW) raised += await raiseOnce(ctx, "runs_fail", schedule);
    if (isSilent(schedule, record, ctx.now())) raised += await raiseOnce(ctx, "slots_without_success", schedule);
  }
  return { raised };
}

/** A slot that is held has its own alarm. */
function isSilent(schedule: ScheduleRow, { goodAt }: PastRuns, now: number): boolean {
  if (goodAt === null || schedule.waitingSlotAt !== null) return false;
  let at = goodAt;
  for (let slot = 0; slot < SLOTS_WITHOUT_SUCCESS; slot += 1) at = nextSlot(rhythmOf(schedule), at);
  return at <= now;
}

async function readPastRuns(ctx: Context): Promise<Map<string, PastRuns>> {
  const of = (what: string) => sql.raw(`FROM runs AS past WHERE past.schedule_id = schedules.id AND ${what}`);
  const rows = await ctx.db.all<PastRuns>(sql`SELECT schedules.id,
      coalesce((SELECT started_at ${of("status IN ('succeeded', 'partly')")} ORDER BY started_at DESC LIMIT 1),
        (SELECT started_at ${of("true")} ORDER BY started_at LIMIT 1)) AS goodAt,
      (SELECT count(*) FROM (SELECT past.status ${of("status NOT IN ('started', 'skipped', 'held')")}
        ORDER BY past.started_at DESC LIMIT ${FAILURES_IN_A_ROW}) WHERE status IN ('failed', 'timeout')) AS failures
    FROM ${schedules} WHERE is_active = 1 AND kind <> 'scrape'`);
  return new Map(rows.map((row) => [row.id, row]));
}

async function raiseOnce(ctx: Context, code: AlarmCode, { kind }: ScheduleRow): Promise<number> {
  const open = sql`SELECT 1 FROM ${alarms} WHERE code = ${code} AND subject = ${kind} AND acknowledged_at IS NULL`;
  if ((await ctx.db.all(open)).length > 0) return 0;
  await ctx.db.run(raiseAlarm(ctx, code, kind, {}));
  return 1;
}
