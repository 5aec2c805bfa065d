import { sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { appointments } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import type { Nudge } from "../../engagement/read-nudges.ts";

const DAYS = 90;
const DAY_MS = 86_400_000;
/** Fewer than this say whose they are, and nothing of an effect: nothing is shown of a group that small. */
export const SMALLEST_GROUP = 5;

/** How many did what the nudge is for, and what became of the others. */
type Group = { good: number; others: { words: string; count: number }[] };
/** Those written to, and those left out by lot: of visits ahead whether they were kept, of all else whether people came. */
export type Effect = { about: "visits" | "people"; told: Group; heldOut: Group };

const WAS_SENT = sql`touches.status IN ('accepted', 'sent', 'delivered')`;

/** What became of those whom a nudge wrote to or held out within the last 90 days. */
export function readEffect(ctx: Context, { id, audienceKind }: Nudge): Promise<Effect> {
  return audienceKind === "appointment_reminder" ? readFates(ctx, id) : readReturns(ctx, id);
}

/** Visits that have been, by what became of them; each visit once. */
async function readFates(ctx: Context, nudgeId: string): Promise<Effect> {
  const rows = await ctx.db.all<{
    told: number;
    status: string;
    count: number;
  }>(sql`SELECT told, status, count(*) AS count
    FROM (SELECT visit.status, max(${WAS_SENT}) AS told
      FROM ${touches} JOIN ${appointments} AS visit ON visit.id = touches.appointment_id
      WHERE ${recent(ctx, nudgeId)} AND visit.starts_at < ${ctx.now()} GROUP BY visit.id) GROUP BY 1, 2`);
  const of = (told: number): Group => {
    const count = (...statuses: string[]) =>
      rows.filter((row) => row.told === told && statuses.includes(row.status)).reduce((sum, row) => sum + row.count, 0);
    const others = [
      { words: "missed", count: count("noshow") },
      { words: "cancelled", count: count("cancelled") },
    ];
    return { good: count("fulfilled", "arrived"), others };
  };
  return { about: "visits", told: of(1), heldOut: of(0) };
}

/** People, each once, by whether a visit of theirs was made since and has not been called off. */
async function readReturns(ctx: Context, nudgeId: string): Promise<Effect> {
  const rows = await ctx.db.all<{ told: number; people: number; came: number }>(sql`SELECT told, count(*) AS people,
      sum(EXISTS (SELECT 1 FROM ${appointments} AS visit WHERE visit.patient_id = person AND visit.starts_at > since
        AND visit.created_at > since AND visit.removed_at IS NULL
        AND visit.status NOT IN ('cancelled', 'noshow', 'entered-in-error'))) AS came
    FROM (SELECT touches.patient_id AS person, min(touches.created_at) AS since, max(${WAS_SENT}) AS told
      FROM ${touches} WHERE ${recent(ctx, nudgeId)} GROUP BY touches.patient_id) GROUP BY told`);
  const of = (told: number): Group => {
    const { people = 0, came = 0 } = rows.find((row) => row.told === told) ?? {};
    return { good: came, others: [{ words: "did not", count: people - came }] };
  };
  return { about: "people", told: of(1), heldOut: of(0) };
}

function recent(ctx: Context, nudgeId: string) {
  return sql`touches.nudge_id = ${nudgeId} AND touches.nudge_id IS NOT NULL
    AND touches.created_at >= ${ctx.now() - DAYS * DAY_MS} AND (${WAS_SENT} OR touches.reason = 'holdout')`;
}
