import { sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { touches } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";
import { randomToken } from "../crypto.ts";
import { endTouches } from "../engagement/end-touches.ts";
import type { Channel, SendResult } from "./channel.ts";
import { claimDue, LEASE_MS, releaseClaims } from "./claim.ts";
import { commitAttempts, type Ready } from "./commit-attempts.ts";
import { type Composed, compose } from "./compose.ts";
import { firstObjection, judge, type Verdict, windowClosesAt } from "./gate.ts";
import { awaitTokens, holdSender, takeTokens } from "./rate-bucket.ts";
import { type Prepared, readFacts } from "./read-facts.ts";
import { mayStillLeave } from "./recheck.ts";
import { type Result, recordResults } from "./record-results.ts";
import { type Watch, watchProvider } from "./watch-provider.ts";

/** A Worker may hold six connections open at once; the store needs one of them now and then. */
const CONNECTIONS = 6;
const BATCH = 60;
/** A call may take 35 s and must be recorded within the lease: past it, another run would decide about the touch too. */
const START_WITHIN_MS = LEASE_MS - 50_000;
const MAX_VALIDITY_SECONDS = 4 * 3600;
const MIN_VALIDITY_SECONDS = 600;

export type DispatchCounts = {
  claimed: number;
  accepted: number;
  refused: number;
  unknown: number;
  putOff: number;
  ended: number;
};

/**
 * Hands over what is due, until nothing is, the provider asks for a pause, or `stopAt` (epoch ms) has come. Claims and
 * judges the next batch while the present one is on the wire.
 */
export async function dispatchDue(ctx: Context, channel: Channel, stopAt: number): Promise<DispatchCounts> {
  const counts: DispatchCounts = { claimed: 0, accepted: 0, refused: 0, unknown: 0, putOff: 0, ended: 0 };
  const watch = watchProvider(ctx);
  let next = prepareBatch(ctx, channel, counts);
  for (;;) {
    const batch = await next;
    if (batch.claimed === 0) return counts;
    const goesOn = ctx.now() < stopAt;
    const following = () => (goesOn ? prepareBatch(ctx, channel, counts) : Promise.resolve(NOTHING));
    // A probe is alone on the wire: what it finds out decides about the rest.
    next = batch.isProbe ? Promise.resolve(NOTHING) : following();
    // An error here must not leave the other promise unheard.
    next.catch(() => undefined);
    const isStopped = await handOver(ctx, channel, batch, counts, watch);
    if (isStopped) {
      await putBack(ctx, (await next).ready);
      return counts;
    }
    if (batch.isProbe) next = following();
  }
}

/** No call is begun after `startUntil` (epoch ms): the lease would not outlive it. */
type Batch = { claimed: number; ready: Ready[]; startUntil: number; isProbe: boolean };
const NOTHING: Batch = { claimed: 0, ready: [], startUntil: 0, isProbe: false };

async function prepareBatch(ctx: Context, channel: Channel, counts: DispatchCounts): Promise<Batch> {
  const owner = randomToken(12);
  const room = await awaitTokens(ctx, BATCH);
  if (room.granted === 0) return NOTHING;
  const startUntil = ctx.now() + START_WITHIN_MS;
  const ids = await claimDue(ctx, owner, room.granted);
  if (ids.length === 0) {
    // Nobody to try it with: the next run may.
    if (room.isProbe) await holdSender(ctx, 0);
    return NOTHING;
  }
  counts.claimed += ids.length;
  const candidates: { prepared: Prepared; composed: Composed }[] = [];
  const objections: { id: string; verdict: Extract<Verdict, { pass: false }> }[] = [];
  const numbers = new Set<string>();
  for (const prepared of await readFacts(ctx, ids)) {
    const composed = await compose(ctx, prepared);
    const facts = { ...prepared.facts, missingFields: "missing" in composed ? composed.missing : [] };
    const address = prepared.contact?.addressKey ?? "";
    // Two of one family in one batch: the second is judged when it is known whether the first leaves.
    if (facts.onePerPhonePerDay && numbers.has(address)) continue;
    const objection = firstObjection(judge(facts, ctx.now()));
    if (objection) objections.push({ id: prepared.touch.id, verdict: objection });
    else if (!("missing" in composed)) {
      numbers.add(address);
      candidates.push({ prepared, composed });
    }
  }
  await applyObjections(ctx, objections, counts);
  // The rate is for what will be called, not for what the gate has just ended.
  const grant = room.isProbe || candidates.length === 0 ? room : await takeTokens(ctx, candidates.length);
  const leaving = candidates.slice(0, grant.granted);
  const ready = leaving.length > 0 ? await commitAttempts(ctx, owner, channel.provider, leaving) : [];
  // Without a token, or stopped between gate and commit: due as before, so that nobody loses their place.
  if (ready.length + objections.length < ids.length) await releaseClaims(ctx, owner);
  // The probe itself may not leave (night, a STOP): the next message tries.
  if (grant.isProbe && ready.length === 0) await holdSender(ctx, 0);
  return { claimed: ids.length, ready, startUntil, isProbe: grant.isProbe };
}

const ENDS = { skip: "skipped", cancel: "cancelled", expire: "expired", park: "parked" } as const;

async function applyObjections(
  ctx: Context,
  objections: { id: string; verdict: Extract<Verdict, { pass: false }> }[],
  counts: DispatchCounts,
): Promise<void> {
  if (objections.length === 0) return;
  const groups = Map.groupBy(objections, ({ verdict }) => JSON.stringify(verdict));
  const statements = [...groups.values()].flatMap((group) => {
    const verdict = group[0]?.verdict;
    const which = sql`id ${inList(group.map(({ id }) => id))} AND status = 'claimed'`;
    if (verdict?.action === "defer") {
      counts.putOff += group.length;
      return [
        sql`UPDATE ${touches} SET status = 'planned', due_at = ${verdict.until}, reason = ${verdict.reason}, lease_owner = NULL,
          lease_until = NULL, updated_at = ${ctx.now()} WHERE ${which}`,
      ];
    }
    counts.ended += group.length;
    return verdict ? endTouches(ctx, which, ENDS[verdict.action], verdict.reason) : [];
  });
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
}

/** Sends over a few connections at once; results are recorded in groups as they come. True when sending must stop. */
async function handOver(
  ctx: Context,
  channel: Channel,
  batch: Batch,
  counts: DispatchCounts,
  watch: Watch,
): Promise<boolean> {
  const waiting = [...batch.ready];
  const finished: Result[] = [];
  let isStopped = false;
  let recording: Promise<void> = Promise.resolve();
  const record = () => {
    recording = recording.then(async () => {
      const group = finished.splice(0);
      if (group.length > 0) isStopped = (await recordResults(ctx, group)) || isStopped;
    });
    return recording;
  };
  const line = async () => {
    for (;;) {
      const each = isStopped || ctx.now() > batch.startUntil ? undefined : waiting.shift();
      if (!each) return;
      if (!(await mayStillLeave(ctx, each))) {
        finished.push({ ready: each, result: null });
        continue;
      }
      const result = await channel.send(outgoing(ctx, each));
      count(counts, result);
      finished.push({ ready: each, result });
      // Stopped first, held second: the others must not begin another call meanwhile.
      if (result.outcome === "throttled") isStopped = true;
      if (await watch(result, batch.isProbe)) isStopped = true;
      // What cannot be recorded must not be sent either; the error itself is heard below.
      record().catch(() => {
        isStopped = true;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTIONS, waiting.length) }, line));
  await record();
  await putBack(ctx, waiting);
  return isStopped;
}

function outgoing(ctx: Context, { prepared, composed, attemptId }: Ready) {
  const { touch, facts } = prepared;
  const limit = Math.min(touch.notAfterAt, windowClosesAt(facts.office, ctx.now()));
  const seconds = Math.min(MAX_VALIDITY_SECONDS, (limit - ctx.now()) / 1000);
  return {
    to: prepared.to ?? "",
    body: composed.body,
    statusCallback: `${ctx.env.PUBLIC_URL}/t/${ctx.tenant.slug}/twilio/status/${touch.id}?a=${attemptId}`,
    validitySeconds: Math.max(MIN_VALIDITY_SECONDS, seconds),
  };
}

/** What was committed but not called, because sending stopped: a definite no, so due again. */
async function putBack(ctx: Context, ready: Ready[]): Promise<void> {
  const results = ready.map((each): Result => ({ ready: each, result: null }));
  if (results.length > 0) await recordResults(ctx, results);
}

function count(counts: DispatchCounts, { outcome }: SendResult): void {
  if (outcome === "accepted") counts.accepted += 1;
  else if (outcome === "refused") counts.refused += 1;
  else if (outcome === "unknown") counts.unknown += 1;
  else counts.putOff += 1;
}
