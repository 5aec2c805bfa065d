import { asc, sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { attempts, touches, UNREACHED } from "../../db/schema/engagement.ts";
import { nudges, steps } from "../../db/schema/nudges.ts";
import { offices } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import { applyDiff } from "./apply-diff.ts";
import { audienceOf } from "./audiences/registry.ts";
import { diffWanted, type Wanted } from "./diff-wanted.ts";
import { buyingsOf, enlist } from "./media-buys/enlist.ts";
import { type LiveNudge, type Step, windowsOf } from "./read-nudges.ts";
import { candidateFor, findAgain } from "./recheck-nudges.ts";
import { standInTiming } from "./step-time.ts";
import { wantStep } from "./want-step.ts";

const BATCH = 200;
/** What ended longer ago than this, before an outage or an update of the desk, is let be. */
const LET_BE_AFTER_MS = 3 * 86_400_000;

type Touch = typeof touches.$inferSelect;

/**
 * Plans the step that a nudge names for those whom another step could not reach: once, for the same person and subject,
 * while the nudge still means them. Nobody gets one who may have got the first, or who said no: such ends are not looked
 * at. Mark and message are one batch, so that a crash or a second run plans nothing twice. Its own gate decides later.
 */
export async function planStandIns(ctx: Context): Promise<{ looked: number; planned: number }> {
  const counts = { looked: 0, planned: 0 };
  for (;;) {
    const ended = await ctx.db
      .select()
      .from(touches)
      .where(sql.raw(UNREACHED))
      .orderBy(asc(touches.updatedAt))
      .limit(BATCH);
    if (ended.length === 0) return counts;
    const { wanted, buyings } = await wantStandIns(ctx, ended);
    const diff = { ...diffWanted([], [], ctx.now()), insert: wanted };
    const mark = sql`UPDATE ${touches} SET stand_in_at = ${ctx.now()} WHERE id ${inList(ended.map(({ id }) => id))}`;
    const insert = [...applyDiff(ctx, diff, () => "other"), ...(await enlist(ctx, buyings, wanted))];
    await ctx.db.batch([ctx.db.run(mark), ...insert.map((statement) => ctx.db.run(statement))]);
    counts.looked += ended.length;
    counts.planned += wanted.filter(({ skip }) => skip === null).length;
    if (ended.length < BATCH) return counts;
  }
}

async function wantStandIns(
  ctx: Context,
  ended: Touch[],
): Promise<{ wanted: Wanted[]; buyings: ReturnType<typeof buyingsOf> }> {
  const nudgeIds = inList([...new Set(ended.flatMap(({ nudgeId }) => nudgeId ?? []))]);
  const [nudgeRows, stepRows, officeRows, doubted] = await ctx.db.batch([
    ctx.db.select().from(nudges).where(sql`id ${nudgeIds} AND status IN ('active', 'paused')`),
    ctx.db.select().from(steps).where(sql`nudge_id ${nudgeIds}`),
    ctx.db.select().from(offices),
    ctx.db.all<{ id: string }>(sql`SELECT DISTINCT touch_id AS id FROM ${attempts}
      WHERE touch_id ${inList(ended.map(({ id }) => id))} AND outcome IN ('unknown', 'started')`),
  ]);
  const mayHaveArrived = new Set(doubted.map(({ id }) => id));
  const windows = windowsOf(officeRows);
  const found = nudgeRows.map(async (nudge) => {
    const audience = audienceOf(nudge.audienceKind, JSON.parse(nudge.audience));
    const own = ended.filter(
      ({ id, nudgeId, updatedAt }) =>
        nudgeId === nudge.id && !mayHaveArrived.has(id) && updatedAt > ctx.now() - LET_BE_AFTER_MS,
    );
    const pairs = own.flatMap((touch) => {
      const standIn = standInOf(touch, stepRows);
      return standIn ? [{ touch, standIn }] : [];
    });
    if (!audience || pairs.length === 0) return [];
    const candidates = await findAgain(
      ctx,
      nudge,
      pairs.map(({ touch }) => touch),
    );
    const live: LiveNudge = { nudge, audience, steps: stepRows };
    return pairs.flatMap(({ touch, standIn }): Wanted[] => {
      const candidate = candidateFor(touch, candidates);
      if (!candidate) return [];
      const want = wantStep(live, standIn, candidate, windows.get(touch.officeId), ctx.now(), standInTiming);
      return "wanted" in want ? [{ ...want.wanted, standsInFor: touch.id }] : [];
    });
  });
  const stepsOf = (id: string) => stepRows.filter(({ nudgeId }) => nudgeId === id);
  const buyings = buyingsOf(nudgeRows.map((nudge) => ({ nudge, steps: stepsOf(nudge.id) })));
  return { wanted: (await Promise.all(found)).flat(), buyings };
}

/** The step that is named for this one, where it is in use. What a carrier blocks is not said by another text. */
function standInOf({ stepId, reason }: Touch, all: Step[]): Step | undefined {
  const named = all.find(({ id }) => id === stepId)?.fallbackStepId;
  const standIn = all.find(({ id, isActive }) => id === named && isActive === 1);
  return reason === "blocked" && standIn?.channel === "sms" ? undefined : standIn;
}
