import { sql } from "drizzle-orm";
import { alarms, runs, schedules } from "../../db/schema/operations.ts";
import { raiseAlarmIfChanged } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import { type Counts, newRunId, type Procedure, runProcedure } from "../procedure.ts";
import { nextSlot } from "./next-slot.ts";
import { readReadiness } from "./read-readiness.ts";
import { rhythmOf, type ScheduleRow } from "./schedule-rows.ts";

/** How soon a slot that waits is looked at again, should nobody say that its data have come. */
const LOOK_AGAIN_MS = 60_000;
const HELD_LOOK_AGAIN_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/**
 * Runs a due slot here, at most once, in its own time: it waits while the source it depends on is being read, and is
 * held, with an alarm, while that source's data are too old. A slot that comes while an earlier run goes on is passed
 * over. All of it is recorded in `runs`.
 */
export async function runSlot(ctx: Context, schedule: ScheduleRow, procedure: Procedure): Promise<Counts> {
  const slotAt = schedule.waitingSlotAt ?? schedule.nextRunAt;
  const readiness = await readReadiness(ctx, schedule, slotAt);
  if (readiness === "waiting") return waitOn(ctx, schedule, slotAt, ctx.now() + LOOK_AGAIN_MS);
  if (readiness === "too_old") return hold(ctx, schedule, slotAt);
  const id = newRunId(ctx);
  const begun = await begin(ctx, schedule, procedure.id, id, slotAt);
  if (begun !== "started") return { passedOver: begun === "skipped" ? 1 : 0 };
  const timeoutMs = (schedule.timeoutSeconds ?? 0) * 1000;
  const run = { id, parentRunId: ctx.requestId, dueAt: slotAt, isBegun: true };
  const outcome = await runProcedure(ctx, { ...procedure, ...(timeoutMs > 0 && { timeoutMs }) }, run);
  if (outcome === "idle") await forgetUneventful(ctx, schedule.id, id);
  const isBad = outcome === "failed" || outcome === "timeout";
  // What is not news for the run is none for the turn of the clock either.
  return outcome === "idle" ? {} : { ran: 1, failed: isBad ? 1 : 0 };
}

/** Takes the slot, for this turn alone, in one batch with the run's row. */
async function begin(ctx: Context, schedule: ScheduleRow, procedureId: string, runId: string, slotAt: number) {
  const { id, nextRunAt } = schedule;
  const now = ctx.now();
  const nextAt = nextSlot(rhythmOf(schedule), now);
  // One that ran out of its time has been given up before this.
  const busy = sql`EXISTS (SELECT 1 FROM ${runs} AS busy WHERE busy.status = 'started' AND busy.schedule_id = ${id})`;
  const [begun] = await ctx.db.batch([
    ctx.db.all<{
      status: string;
    }>(sql`INSERT INTO ${runs} (id, procedure_id, parent_run_id, schedule_id, status, error, due_at, started_at, finished_at)
      SELECT ${runId}, ${procedureId}, ${ctx.requestId}, ${id}, iif(${busy}, 'skipped', 'started'), iif(${busy}, 'overlap', NULL),
        ${slotAt}, ${now}, iif(${busy}, ${now}, NULL) FROM ${schedules}
      WHERE schedules.id = ${id} AND schedules.next_run_at = ${nextRunAt} AND schedules.is_active = 1
      RETURNING status`),
    ctx.db.run(sql`UPDATE ${schedules} SET next_run_at = ${nextAt}, waiting_slot_at = NULL
      WHERE id = ${id} AND next_run_at = ${nextRunAt}`),
    ctx.db.run(sql`UPDATE ${alarms} SET acknowledged_at = ${now}, acknowledged_by = ${stamp(ctx).actor}
      WHERE code = 'slot_held' AND subject = ${schedule.kind} AND acknowledged_at IS NULL`),
  ]);
  return begun[0]?.status;
}

async function waitOn(ctx: Context, { id, nextRunAt }: ScheduleRow, slotAt: number, until: number): Promise<Counts> {
  await ctx.db.run(sql`UPDATE ${schedules} SET waiting_slot_at = ${slotAt}, next_run_at = ${until}
    WHERE id = ${id} AND next_run_at = ${nextRunAt}`);
  return {};
}

/** However many slots go by until the data are fresh, they are one held run, and one alarm. */
async function hold(ctx: Context, schedule: ScheduleRow, slotAt: number): Promise<Counts> {
  const { id, kind } = schedule;
  const now = ctx.now();
  const [held] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${runs} (id, procedure_id, parent_run_id, schedule_id, status, error, due_at, started_at, finished_at)
      SELECT ${newRunId(ctx)}, ${kind}, ${ctx.requestId}, ${id}, 'held', 'data_too_old', ${slotAt}, ${now}, ${now}
      WHERE NOT EXISTS (SELECT 1 FROM ${runs} AS earlier WHERE earlier.schedule_id = ${id} AND earlier.started_at >= ${slotAt}
        AND earlier.status = 'held' AND earlier.due_at = ${slotAt})`),
    ctx.db.run(raiseAlarmIfChanged(ctx, "slot_held", kind, { dependsOn: schedule.dependsOn })),
  ]);
  await waitOn(ctx, schedule, slotAt, now + HELD_LOOK_AGAIN_MS);
  return { held: held.rowsAffected };
}

/** Of the runs that found nothing to do, the last one says enough: that the clock goes. */
async function forgetUneventful(ctx: Context, scheduleId: string, lastRunId: string): Promise<void> {
  await ctx.db.run(sql`DELETE FROM ${runs} WHERE schedule_id = ${scheduleId} AND started_at > ${ctx.now() - 2 * DAY_MS}
    AND status = 'succeeded' AND counts = '{}' AND id <> ${lastRunId}`);
}
