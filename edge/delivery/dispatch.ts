import type { Context } from "../context.ts";
import { LAST_START_MS, windowClosesAt } from "../send-hours.ts";
import type { Channel, Outgoing, SendResult } from "./channel.ts";
import type { Ready } from "./commit-attempts.ts";
import { type Pace, paceOf } from "./pace.ts";
import { type Batch, NOTHING, prepareBatch } from "./prepare-batch.ts";
import { lastLook } from "./recheck.ts";
import { type Result, recordResults } from "./record-results.ts";
import { restSender, type Watch, watchProvider } from "./watch-provider.ts";

/** A Worker may hold six connections open at once; the store needs one of them now and then. */
const CONNECTIONS = 6;
/**
 * One invocation may make 10,000 requests, and what comes after them fails, hand-overs in the middle. A message takes
 * about six: its call, a look before it, and its part of the batch, which at a slow rate is all of it.
 */
export const MOST_IN_ONE_RUN = 1_000;
/** A second dispatcher may be faster once or twice. */
const MOST_IN_VAIN = 3;
const MAX_VALIDITY_SECONDS = 4 * 3600;
const MIN_VALIDITY_SECONDS = LAST_START_MS / 1000;

export type DispatchCounts = {
  claimed: number;
  accepted: number;
  refused: number;
  unknown: number;
  putOff: number;
  ended: number;
};

/**
 * Hands over what is due, until nothing is, no provider takes any more, about `most` are handed over, or `stopAt`
 * (epoch ms) has come. Claims and judges the next batch while the present one is on the wire. What the first provider
 * cannot take for now goes through the second, but never what the first may have taken.
 */
export async function dispatchDue(
  ctx: Context,
  channels: Channel[],
  stopAt: number,
  most = MOST_IN_ONE_RUN,
): Promise<DispatchCounts> {
  const counts: DispatchCounts = { claimed: 0, accepted: 0, refused: 0, unknown: 0, putOff: 0, ended: 0 };
  const lines = new Map(
    channels.map((each) => [each.provider, { watch: watchProvider(ctx, each), pace: paceOf(ctx) }]),
  );
  let next = prepareBatch(ctx, channels);
  let inVain = 0;
  for (;;) {
    const batch = await next;
    const line = batch.channel && lines.get(batch.channel.provider);
    if (!batch.channel || !line) return counts;
    counts.putOff += batch.putOff;
    counts.ended += batch.ended;
    // What the gate lets through and the commit does not is due as before: the next run asks again, not this one for ever.
    const isInVain = batch.ready.length + batch.putOff + batch.ended === 0;
    counts.claimed += isInVain ? 0 : batch.claimed;
    inVain = isInVain ? inVain + 1 : 0;
    if (inVain > MOST_IN_VAIN) return counts;
    const goesOn = () => ctx.now() < stopAt && counts.claimed < most;
    const following = () => (goesOn() ? prepareBatch(ctx, channels) : Promise.resolve(NOTHING));
    // A probe is alone on the wire: what it finds out decides about the rest.
    next = batch.isProbe ? Promise.resolve(NOTHING) : following();
    // An error here must not leave the other promise unheard.
    next.catch(() => undefined);
    const isStopped = await handOver(ctx, batch.channel, batch, counts, line);
    if (isStopped) {
      await putBack(ctx, (await next).ready);
      if (channels.length === 1) return counts;
    }
    if (isStopped || batch.isProbe) next = following();
  }
}

/**
 * Sends over a few connections at once, at the sender's pace; results are recorded in groups as they come. True when
 * sending must stop.
 */
async function handOver(
  ctx: Context,
  channel: Channel,
  batch: Batch,
  counts: DispatchCounts,
  { watch, pace }: { watch: Watch; pace: Pace },
): Promise<boolean> {
  pace.from(batch.startsAt);
  const waiting = [...batch.ready];
  const finished: Result[] = [];
  const mayStillLeave = lastLook(ctx);
  let isStopped = false;
  let recording: Promise<void> = Promise.resolve();
  const record = () => {
    recording = recording.then(async () => {
      const group = finished.splice(0);
      if (group.length === 0 || !(await recordResults(ctx, group))) return;
      isStopped = true;
      await restSender(ctx, channel.provider);
    });
    return recording;
  };
  const line = async () => {
    for (;;) {
      const each = isStopped || ctx.now() > batch.startUntil ? undefined : waiting.shift();
      if (!each) return;
      await pace.turn();
      if (isStopped || !(await mayStillLeave(each))) {
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
  const lines = Array.from({ length: Math.min(CONNECTIONS, waiting.length) }, () =>
    line().catch((error) => {
      // What one cannot do, the others are not to begin; what they have begun is heard out and recorded first.
      isStopped = true;
      throw error;
    }),
  );
  const ends = await Promise.allSettled(lines);
  await record();
  await putBack(ctx, waiting);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return isStopped;
}

function outgoing(ctx: Context, { prepared, composed, attemptId, messageId }: Ready): Outgoing {
  const { touch, facts } = prepared;
  const limit = Math.min(touch.notAfterAt, windowClosesAt(facts.office, ctx.now()));
  const seconds = Math.min(MAX_VALIDITY_SECONDS, (limit - ctx.now()) / 1000);
  return {
    touchId: touch.id,
    attemptId,
    messageId,
    to: prepared.to ?? "",
    body: composed.body,
    mail: composed.unsubscribe && {
      subject: composed.subject ?? "",
      html: composed.html,
      unsubscribeUrl: composed.unsubscribe.url,
    },
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
