import { asc, sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { nudges, steps } from "../../../db/schema/nudges.ts";
import type { Context } from "../../context.ts";
import type { Nudge, Step } from "../../engagement/read-nudges.ts";

const DAY_MS = 86_400_000;
const COUNTED_DAYS = 30;

/** What became of a nudge's messages of thirty days, and what is still to come. */
export type NudgeNumbers = { planned: number; sent: number; delivered: number; failed: number; skipped: number };
export type ListedNudge = { nudge: Nudge; steps: Step[]; numbers: NudgeNumbers };

const FATES: Record<keyof NudgeNumbers, readonly string[]> = {
  planned: ["planned", "claimed", "sending"],
  sent: ["accepted", "sent", "delivered", "undelivered", "unknown"],
  delivered: ["delivered"],
  failed: ["undelivered", "failed", "parked"],
  skipped: ["skipped", "cancelled", "expired"],
};

/** Every nudge with its steps at work and its numbers, by name; `code` for just one. One round trip. */
export async function listNudges(ctx: Context, code?: string): Promise<ListedNudge[]> {
  const since = ctx.now() - COUNTED_DAYS * DAY_MS;
  const which = code === undefined ? sql`true` : sql`nudges.code = ${code}`;
  const [rows, stepRows, counts] = await ctx.db.batch([
    ctx.db.select().from(nudges).where(which).orderBy(asc(nudges.name), asc(nudges.code)),
    ctx.db
      .select()
      .from(steps)
      .where(sql`is_active = 1 AND nudge_id IN (SELECT id FROM nudges WHERE ${which})`)
      .orderBy(asc(steps.seq)),
    // Spelled out: SQLite takes the partial index only where it sees its condition.
    ctx.db.all<{ nudgeId: string; status: string; count: number }>(sql`SELECT touches.nudge_id AS nudgeId,
        touches.status, count(*) AS count
      FROM ${nudges} CROSS JOIN ${touches} ON touches.nudge_id = nudges.id
      WHERE ${which} AND touches.nudge_id IS NOT NULL AND touches.created_at >= ${since} GROUP BY 1, 2`),
  ]);
  return rows.map((nudge) => ({
    nudge,
    steps: stepRows.filter(({ nudgeId }) => nudgeId === nudge.id),
    numbers: numbersOf(counts.filter(({ nudgeId }) => nudgeId === nudge.id)),
  }));
}

function numbersOf(counts: { status: string; count: number }[]): NudgeNumbers {
  const of = (fate: keyof NudgeNumbers) =>
    counts.filter(({ status }) => FATES[fate].includes(status)).reduce((sum, { count }) => sum + count, 0);
  return {
    planned: of("planned"),
    sent: of("sent"),
    delivered: of("delivered"),
    failed: of("failed"),
    skipped: of("skipped"),
  };
}
