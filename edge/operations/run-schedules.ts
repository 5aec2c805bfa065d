import { and, eq, lte } from "drizzle-orm";
import { schedules } from "../../db/schema/operations.ts";
import type { Context } from "../context.ts";
import type { Counts } from "../procedure.ts";
import { nextSlot } from "./next-slot.ts";
import { rhythmOf, type ScheduleRow } from "./schedule-rows.ts";

/** What a due slot does: it `orders` work of the container, which must be safe to repeat. */
export type Runner = { orders: (ctx: Context, schedule: ScheduleRow) => Promise<Counts> };

/**
 * Does what is due by the clinic's schedules, and sets each one's next slot. However many slots were missed, one is
 * made up for. Orders come first, so that what waits for data finds them under way. One that fails does not keep the
 * others from theirs; the first failure is then thrown. So is a kind that `runners` does not have.
 */
export async function runSchedules(ctx: Context, runners: Record<string, Runner>): Promise<Counts> {
  const due = await ctx.db
    .select()
    .from(schedules)
    .where(and(eq(schedules.isActive, 1), lte(schedules.nextRunAt, ctx.now())));
  const total: Counts = {};
  const failures: unknown[] = [];
  for (const schedule of due) {
    try {
      const counts = await runDue(ctx, schedule, runners[schedule.kind]);
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
  const counts = await runner.orders(ctx, schedule);
  await ctx.db
    .update(schedules)
    .set({ nextRunAt: nextSlot(rhythmOf(schedule), ctx.now()) })
    .where(and(eq(schedules.id, schedule.id), eq(schedules.nextRunAt, schedule.nextRunAt)));
  return counts;
}
