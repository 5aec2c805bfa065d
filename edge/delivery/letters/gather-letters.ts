import { and, eq, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { mediaBuyRecipients, mediaBuys, nudges, steps } from "../../../db/schema/nudges.ts";
import type { Context } from "../../context.ts";
import { randomToken } from "../../crypto.ts";
import { enlist } from "../../engagement/media-buys/enlist.ts";
import { claimDue, releaseClaims } from "../claim.ts";
import type { DispatchCounts } from "../dispatch.ts";
import { applyObjections } from "../prepare-batch.ts";
import { judgeLetters, type Postable } from "./judge-letters.ts";

const AT_ONCE = 300;

/**
 * Asks the gate about letters that are due and gathers those that may go into their media buys: from then on they are
 * the list's, claimed without a lease, until staff commit or cancel it. Nothing leaves here. A list that is frozen takes
 * nobody any more: who came too late is gathered for the next slot. Begins nothing after `stopAt` (epoch ms).
 */
export async function gatherLetters(ctx: Context, stopAt: number): Promise<DispatchCounts> {
  const counts: DispatchCounts = { claimed: 0, accepted: 0, refused: 0, unknown: 0, putOff: 0, ended: 0 };
  while (ctx.now() < stopAt) {
    const owner = randomToken(12);
    const ids = await claimDue(ctx, owner, { medium: "print", provider: "print" }, AT_ONCE);
    if (ids.length === 0) return counts;
    await moveLate(ctx, ids);
    const { postable, objections } = await judgeLetters(ctx, ids);
    const { putOff, ended } = await applyObjections(ctx, objections);
    const gathered = await gather(ctx, owner, postable);
    await releaseClaims(ctx, owner);
    counts.claimed += ids.length;
    counts.putOff += putOff;
    counts.ended += ended;
    counts.accepted += gathered;
    // What a commit took the list away from is due as before, and the next look moves it on.
    if (putOff + ended + gathered === 0) return counts;
  }
  return counts;
}

/** Who is in no list that is open, into one that is. */
async function moveLate(ctx: Context, ids: string[]): Promise<void> {
  const late = await ctx.db
    .select({ touch: touches, step: steps, nudge: nudges })
    .from(touches)
    .innerJoin(steps, eq(steps.id, touches.stepId))
    .innerJoin(nudges, eq(nudges.id, touches.nudgeId))
    .leftJoin(mediaBuys, and(eq(mediaBuys.id, touches.mediaBuyId), eq(mediaBuys.status, "draft")))
    .where(sql`${touches.id} ${inList(ids)} AND ${mediaBuys.id} IS NULL`);
  const buyings = new Map(late.map(({ step, nudge }) => [step.id, { step, nudge }]));
  const costed = late.map(({ touch }) => ({ ...touch, key: touch.dedupeKey, skip: null }));
  const [first, ...rest] = (await enlist(ctx, buyings, costed)).map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
}

async function gather(ctx: Context, owner: string, postable: Postable[]): Promise<number> {
  if (postable.length === 0) return 0;
  const mine = inList(postable.map(({ touchId }) => touchId));
  const [{ rowsAffected }] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${touches} SET lease_owner = media_buy_id, lease_until = NULL, reason = NULL, updated_at = ${ctx.now()}
      WHERE id ${mine} AND status = 'claimed' AND lease_owner = ${owner}
        AND EXISTS (SELECT 1 FROM ${mediaBuys} WHERE media_buys.id = media_buy_id AND media_buys.status = 'draft')`),
    // What stood against it when it was planned (an address that was not known yet) does not any more.
    ctx.db.run(sql`UPDATE ${mediaBuyRecipients} SET role = 'mailed', suppress_reason = NULL
      WHERE role = 'suppressed' AND touch_id IN (SELECT id FROM ${touches} WHERE id ${mine} AND lease_owner = media_buy_id)`),
  ]);
  return rowsAffected;
}
