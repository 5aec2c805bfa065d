import { and, asc, eq, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { nudges, steps } from "../../db/schema/nudges.ts";
import { offices } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import type { SendHours } from "../send-hours.ts";
import { audienceOf, type BoundAudience } from "./audiences/registry.ts";

export type Nudge = typeof nudges.$inferSelect;
export type Step = typeof steps.$inferSelect;
/** A nudge that is at work: its audience bound to its settings, its steps in order. */
export type LiveNudge = { nudge: Nudge; audience: BoundAudience; steps: Step[] };
export type OfficeWindow = SendHours & { id: string; status: string; state: string | null };

/** The nudges at work today with their steps, highest priority first, and the offices' clocks and windows. One round trip. */
export async function readNudges(ctx: Context): Promise<{ live: LiveNudge[]; offices: Map<string, OfficeWindow> }> {
  const [nudgeRows, stepRows, officeRows] = await ctx.db.batch([
    ctx.db
      .select()
      .from(nudges)
      .where(and(eq(nudges.status, "active"), sql`coalesce(starts_at, 0) <= ${ctx.now()}`))
      .orderBy(sql`priority DESC`, asc(nudges.code)),
    ctx.db
      .select()
      .from(steps)
      .where(sql`nudge_id IN (SELECT id FROM nudges WHERE status = 'active')`)
      .orderBy(asc(steps.seq)),
    ctx.db.select().from(offices),
  ]);
  return { live: nudgeRows.flatMap((nudge) => bind(ctx, nudge, stepRows)), offices: windowsOf(officeRows) };
}

/** The offices' clocks and windows by their ids. */
export function windowsOf(rows: (typeof offices.$inferSelect)[]): Map<string, OfficeWindow> {
  return new Map(rows.map((row) => [row.id, { ...row, closedDays: JSON.parse(row.closedDays) as string[] }]));
}

function bind(ctx: Context, nudge: Nudge, stepRows: Step[]): LiveNudge[] {
  const here = Temporal.Instant.fromEpochMilliseconds(ctx.now()).toZonedDateTimeISO(
    ctx.tenant.settings.office.timeZone,
  );
  const today = here.toPlainDate().toString();
  if ((nudge.activeFromOn ?? "") > today || (nudge.activeToOn ?? "9999") < today) return [];
  const audience = audienceOf(nudge.audienceKind, JSON.parse(nudge.audience));
  if (!audience) throw new Error(`nudge ${nudge.code} has an audience that is not known: ${nudge.audienceKind}`);
  const own = stepRows.filter((step) => step.nudgeId === nudge.id);
  // A fallback is only ever said in another step's place, also where that one is not in use any more.
  const fallbacks = new Set(own.map((step) => step.fallbackStepId));
  return [{ nudge, audience, steps: own.filter((step) => step.isActive === 1 && !fallbacks.has(step.id)) }];
}
