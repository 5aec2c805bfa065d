import { and, eq, lte } from "drizzle-orm";
import { schedules } from "../../db/schema/operations.ts";
import type { Context } from "../context.ts";
import type { Counts, Procedure } from "../procedure.ts";
import { nextSlot } from "./next-slot.ts";
import { runSlot } from "./run-slot.ts";
import { rhythmOf, type ScheduleRow } from "./schedule-rows.ts";

/** What a due slot does: it `orders` work of the container, which must be safe to repeat, or `runs` here and now. */
export type Runner =
  | { orders: (ctx: Context, schedule: ScheduleRow) => Promise<Counts>; runs?: never }
  | { runs: Procedure; orders?: never };

/**
 * Does what is due by the clinic's schedules, and sets each one's next slot: the orders, or all else. However many slots
 * were missed, one is made up for. One that fails does not keep the others from theirs; the first failure is then
 * thrown. So is a kind that `runners` does not have.
 */
export async function runSchedules(
  ctx: Context,
  runners: Record<string, Runner>,
  which: "orders" | "runs",
): Promise<Counts> {
  const due = await ctx.db
    .select()
    .from(schedules)
    .where(and(eq(schedules.isActive, 1), lte(schedules.nextRunAt, ctx.now())));
  const total: Counts = {};
  const failures: unknown[] = [];
  for (const schedule of due) {
    const runner = runners[schedule.kind];
    if (runner && !runner[which]) continue;
    try {
      const counts = await runDue(ctx, schedule, runner);
      for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return total;
}

async function runDue(ctx: Context, schedule: ScheduleRow, runner: Runner | undefined): Promise<Counts> {
  if (!runner) throw new Error(`there is no kind of schedule ${schedule.kind}`);
  if (runner.runs) return runSlot(ctx, schedule, runner.runs);
  const counts = await runner.orders(ctx, schedule);
  await ctx.db
    .update(schedules)
    .set({ nextRunAt: nextSlot(rhythmOf(schedule), ctx.now()) })
    .where(and(eq(schedules.id, schedule.id), eq(schedules.nextRunAt, schedule.nextRunAt)));
  return counts;
}
