import { sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { nudges, steps } from "../../db/schema/nudges.ts";
import type { Context } from "../context.ts";
import type { Reason } from "../reasons.ts";
import { anchorOf, type Candidate } from "./audiences/audience.ts";
import { audienceOf } from "./audiences/registry.ts";
import type { Nudge, Step } from "./read-nudges.ts";

/** The part of a touch that says what it is about. */
export type NudgeTouch = {
  id: string;
  dedupeKey: string;
  nudgeId: string | null;
  stepId: string | null;
  patientId: string;
  appointmentId: string | null;
  anchorAt: number | null;
};

export type Recheck = { nudge: Nudge; problem: Reason | null };

/**
 * Whether these touches of nudges are still wanted, from fresh rows: by the audience's own rule, asked for just these
 * people. `problem` says why not. Touches that no nudge wants are left out of the answer.
 */
export async function recheckNudges(ctx: Context, touches: NudgeTouch[]): Promise<Map<string, Recheck>> {
  const own = touches.filter(({ nudgeId }) => nudgeId !== null);
  if (own.length === 0) return new Map();
  const ids = inList([...new Set(own.map(({ nudgeId }) => nudgeId ?? ""))]);
  const [nudgeRows, stepRows] = await ctx.db.batch([
    ctx.db.select().from(nudges).where(sql`${nudges.id} ${ids}`),
    ctx.db.select().from(steps).where(sql`${steps.nudgeId} ${ids}`),
  ]);
  const checked = nudgeRows.map(async (nudge) => {
    const mine = own.filter(({ nudgeId }) => nudgeId === nudge.id);
    const found = await findAgain(ctx, nudge, mine);
    return mine.map((touch): [string, Recheck] => {
      const step = stepRows.find(({ id }) => id === touch.stepId);
      return [touch.id, { nudge, problem: problemOf(nudge, step, touch, found, ctx.now()) }];
    });
  });
  return new Map((await Promise.all(checked)).flat());
}

/** The people and visits of these touches as the nudge's audience sees them now. */
export function findAgain(ctx: Context, nudge: Nudge, mine: NudgeTouch[]): Promise<Candidate[]> {
  const audience = audienceOf(nudge.audienceKind, JSON.parse(nudge.audience));
  const patientIds = [...new Set(mine.map(({ patientId }) => patientId))];
  const appointmentIds = mine.flatMap(({ appointmentId }) => appointmentId ?? []);
  return audience
    ? ctx.db.all<Candidate>(audience.candidates({ patientIds, appointmentIds }, ctx.now()))
    : Promise.resolve([]);
}

/** Whom and what the touch is about, among those found. */
export function candidateFor({ dedupeKey, stepId }: NudgeTouch, found: Candidate[]): Candidate | undefined {
  return found.find(({ patientId, subject }) => dedupeKey.startsWith(`${stepId}:${patientId}:${subject}:`));
}

const STOPPED: ReadonlySet<Nudge["status"]> = new Set(["archived", "draft", "waiting"]);

function problemOf(
  nudge: Nudge,
  step: Step | undefined,
  touch: NudgeTouch,
  found: Candidate[],
  now: number,
): Reason | null {
  // A step that was taken out of its nudge stays in its table, for the messages that it has sent.
  if (step?.isActive !== 1 || STOPPED.has(nudge.status)) return "nudge_stopped";
  const candidate = candidateFor(touch, found);
  if (!candidate) return "not_in_audience";
  const membership = audienceOf(nudge.audienceKind, JSON.parse(nudge.audience))?.decide(candidate, now);
  if (membership && !membership.in) return membership.reason;
  const isMoved = touch.anchorAt !== null && anchorOf(candidate, step.anchor) !== touch.anchorAt;
  return isMoved ? "visit_moved" : null;
}
