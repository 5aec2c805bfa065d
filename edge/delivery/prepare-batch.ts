import { sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { touches } from "../../db/schema/engagement.ts";
import { raiseAlarm } from "../alarms.ts";
import type { Context } from "../context.ts";
import { randomToken } from "../crypto.ts";
import { endTouches } from "../engagement/end-touches.ts";
import type { Channel } from "./channel.ts";
import { claimDue, LEASE_MS, releaseClaims } from "./claim.ts";
import { type Candidate, commitAttempts, type Ready } from "./commit-attempts.ts";
import { compose } from "./compose.ts";
import { firstObjection, judge, type Verdict } from "./gate.ts";
import { noteKept } from "./note-kept.ts";
import { estimateOf, openPurse } from "./purse.ts";
import { awaitTokens, holdSender, takeTokens } from "./rate-bucket.ts";
import { type Budget, tellUsedUp } from "./read-budgets.ts";
import { readFacts } from "./read-facts.ts";

const BATCH = 60;
/** A call may take 35 s and must be recorded within the lease: past it, another run would decide about the touch too. */
const START_WITHIN_MS = LEASE_MS - 50_000;

/** What is committed and may be called, through which provider, from `startsAt` to `startUntil` (epoch ms). */
export type Batch = {
  channel: Channel | null;
  claimed: number;
  putOff: number;
  ended: number;
  ready: Ready[];
  startsAt: number;
  startUntil: number;
  isProbe: boolean;
};
export const NOTHING: Batch = {
  channel: null,
  claimed: 0,
  putOff: 0,
  ended: 0,
  ready: [],
  startsAt: 0,
  startUntil: 0,
  isProbe: false,
};

/** Why a message may not leave now; `budget` is the one that has no room for it. */
export type Objection = { id: string; verdict: Extract<Verdict, { pass: false }>; budget?: Budget | null };

/**
 * Claims what is due for the first of these providers whose sender is not held, asks the gate, and commits the attempts
 * of what may leave. The providers behind that one are asked only for what they alone may carry, because they may have
 * taken it. `claimed` is 0 when nothing is due or every sender is held.
 */
export async function prepareBatch(ctx: Context, channels: Channel[]): Promise<Batch> {
  let isOpen = false;
  for (const channel of channels) {
    const room = await awaitTokens(ctx, channel, BATCH);
    if (room.granted === 0) continue;
    const batch = await prepareFor(ctx, channel, room, isOpen);
    if (batch.channel) return batch;
    isOpen = true;
  }
  if (!isOpen && channels[0]) await noteKept(ctx, channels[0].medium);
  return NOTHING;
}

async function prepareFor(
  ctx: Context,
  channel: Channel,
  room: { granted: number; isProbe: boolean },
  isBoundOnly: boolean,
): Promise<Batch> {
  const owner = randomToken(12);
  const startUntil = ctx.now() + START_WITHIN_MS;
  const ids = await claimDue(ctx, owner, { ...channel, isBoundOnly }, room.granted);
  if (ids.length === 0) {
    // Nobody to try it with: the next run may.
    if (room.isProbe) await holdSender(ctx, channel, 0);
    return NOTHING;
  }
  const { candidates, objections } = await ask(ctx, ids, channel.provider);
  const { putOff, ended } = await applyObjections(ctx, objections);
  // The rate is for what will be called, not for what the gate has just ended.
  const isAsked = !room.isProbe && candidates.length > 0;
  const grant = isAsked ? await takeTokens(ctx, channel, candidates.length) : { ...room, startsAt: 0 };
  const leaving = candidates.slice(0, grant.granted);
  const ready = leaving.length > 0 ? await commitAttempts(ctx, owner, channel.provider, leaving) : [];
  // Without a token, or stopped between gate and commit: due as before, so that nobody loses their place.
  if (ready.length + objections.length < ids.length) await releaseClaims(ctx, owner);
  // The probe itself may not leave (night, a STOP): the next message tries.
  if (grant.isProbe && ready.length === 0) await holdSender(ctx, channel, 0);
  const { startsAt, isProbe } = grant;
  return { channel, claimed: ids.length, putOff, ended, ready, startsAt, startUntil, isProbe };
}

/** What the gate says of each claimed touch, from rows read now. */
async function ask(ctx: Context, ids: string[], provider: string) {
  const candidates: Candidate[] = [];
  const objections: Objection[] = [];
  const numbers = new Set<string>();
  const purse = openPurse();
  const byRank = (await readFacts(ctx, ids)).sort((one, other) => other.priority - one.priority);
  for (const prepared of byRank) {
    const composed = await compose(ctx, prepared);
    const estimateMicros = "missing" in composed ? 0 : estimateOf(ctx, provider, prepared, composed);
    const budget = purse.fullOne(prepared.budgets, estimateMicros);
    const missingFields = "missing" in composed ? composed.missing : [];
    const facts = { ...prepared.facts, missingFields, isOverBudget: budget !== null };
    const address = prepared.contact?.addressKey ?? "";
    // Two to one number in one batch: the second is judged when it is known whether the first leaves.
    if (numbers.has(address)) continue;
    const objection = firstObjection(judge(facts, ctx.now()));
    if (objection) objections.push({ id: prepared.touch.id, verdict: objection, budget });
    else if (!("missing" in composed)) {
      numbers.add(address);
      const mostSpent = purse.take(prepared.budgets, estimateMicros);
      candidates.push({ prepared, composed, estimateMicros, mostSpent });
    }
  }
  return { candidates, objections };
}

const ENDS = { skip: "skipped", cancel: "cancelled", expire: "expired", park: "parked" } as const;

/** Ends or puts off what was claimed and may not leave, each with its reason. */
export async function applyObjections(
  ctx: Context,
  objections: Objection[],
): Promise<{ putOff: number; ended: number }> {
  const counts = { putOff: 0, ended: 0 };
  if (objections.length === 0) return counts;
  const groups = Map.groupBy(objections, ({ verdict }) => JSON.stringify(verdict));
  const statements = [...groups.values()].flatMap((group) => {
    const verdict = group[0]?.verdict;
    const which = sql`id ${inList(group.map(({ id }) => id))} AND status = 'claimed'`;
    const first = group[0]?.id ?? "";
    const alarms = verdict?.reason === "ceiling_reached" ? [raiseAlarm(ctx, "number_ceiling", first, {})] : [];
    if (verdict?.action === "defer") {
      counts.putOff += group.length;
      return [
        sql`UPDATE ${touches} SET status = 'planned', due_at = ${verdict.until}, reason = ${verdict.reason}, lease_owner = NULL,
          lease_until = NULL, updated_at = ${ctx.now()} WHERE ${which}`,
        ...alarms,
      ];
    }
    counts.ended += group.length;
    return verdict ? [...endTouches(ctx, which, ENDS[verdict.action], verdict.reason), ...alarms] : [];
  });
  const stopped = objections.flatMap(({ budget, verdict }) => (verdict.reason === "budget" ? (budget ?? []) : []));
  for (const budget of new Set(stopped)) statements.push(...tellUsedUp(ctx, budget));
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
  return counts;
}
