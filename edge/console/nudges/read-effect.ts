import { sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { appointments } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";

const DAYS = 90;
const DAY_MS = 86_400_000;
/** Fewer visits than this say whose they are, and nothing of an effect: nothing is shown of a group that small. */
export const SMALLEST_GROUP = 5;

/** What became of visits: of those told of, and of those left out by lot. */
export type Fates = { kept: number; missed: number; cancelled: number };
export type Effect = { told: Fates; heldOut: Fates };

/** Visits of the last 90 days that a nudge told of or held out, by what became of them; each visit once. */
export async function readEffect(ctx: Context, nudgeId: string): Promise<Effect> {
  const rows = await ctx.db.all<{
    told: number;
    status: string;
    count: number;
  }>(sql`SELECT told, status, count(*) AS count
    FROM (SELECT visit.status, max(touches.status IN ('accepted', 'sent', 'delivered')) AS told
      FROM ${touches} JOIN ${appointments} AS visit ON visit.id = touches.appointment_id
      WHERE touches.nudge_id = ${nudgeId} AND touches.nudge_id IS NOT NULL
        AND touches.created_at >= ${ctx.now() - DAYS * DAY_MS} AND visit.starts_at < ${ctx.now()}
        AND (touches.status IN ('accepted', 'sent', 'delivered') OR touches.reason = 'holdout')
      GROUP BY visit.id) GROUP BY 1, 2`);
  const of = (told: number): Fates => {
    const count = (...statuses: string[]) =>
      rows.filter((row) => row.told === told && statuses.includes(row.status)).reduce((sum, row) => sum + row.count, 0);
    return { kept: count("fulfilled", "arrived"), missed: count("noshow"), cancelled: count("cancelled") };
  };
  return { told: of(1), heldOut: of(0) };
}
