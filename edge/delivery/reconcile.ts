import { and, asc, eq, isNotNull, lte, type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { attempts, touches } from "../../db/schema/engagement.ts";
import { raiseAlarm } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import type { Reason } from "../reasons.ts";
import type { Channel } from "./channel.ts";
import { channelOf, channelsFor } from "./channels.ts";
import { locate } from "./locate.ts";
import { TAKEN } from "./provider-words.ts";
import { recordReport } from "./record-report.ts";

const BATCH = 50;
/** Hand-overs wait behind this: what a provider that hangs leaves over is looked at by the next turns of the clock. */
const LOOK_FOR_MS = 60_000;
/**
 * Empty looks before a message is handed over again, and hand-overs in doubt before a person decides. Where a repeat is
 * a second message, it must be as good as certain that the first was not taken, and there is one repeat only; where
 * nothing can be looked at, there is none.
 */
const LIMITS = {
  list: { looks: 2, attempts: 2 },
  repeat: { looks: 1, attempts: 5 },
  wait: { looks: 5, attempts: 0 },
} as const;
/** How long providers are trusted to know an id again: half of what Infobip's logs say. */
const KNOWN_FOR_MS = 24 * 3_600_000;
const SILENCE_MS = 3_600_000;

export type ReconcileCounts = { looked: number; found: number; resent: number; parked: number };

export type Doubtful = {
  touch: typeof touches.$inferSelect;
  attempt: typeof attempts.$inferSelect;
  /** Attempts that may have been taken. Refused and throttled ones were not, and do not count. */
  inDoubt: number;
  /** The first of them at this provider: its id is the message's, and since then it may be there. */
  messageId: string;
  since: number;
};

/**
 * Finds out about messages in doubt: a hand-over that may or may not have been taken, and one taken without a final
 * report. Asks the provider it was handed to, and no other. What it does not show is handed over again, as its way of
 * settling allows, and only while the message is still worth saying. After that a person decides.
 */
export async function reconcile(ctx: Context): Promise<ReconcileCounts> {
  const counts: ReconcileCounts = { looked: 0, found: 0, resent: 0, parked: 0 };
  const until = ctx.now() + LOOK_FOR_MS;
  for (const doubtful of await readDoubtful(ctx)) {
    if (ctx.now() >= until) break;
    counts.looked += 1;
    const channel = channelOf(ctx, doubtful.attempt.provider);
    try {
      if (!channel) throw new Error(`${doubtful.attempt.provider} is not set up`);
      if (doubtful.touch.status === "unknown") await settleUnknown(ctx, channel, doubtful, counts);
      else await askForEnd(ctx, channel, doubtful, counts);
    } catch (error) {
      // The provider does not answer: this touch is looked at again later, the others now.
      ctx.log.warn("reconcile failed", {
        touch: doubtful.touch.id,
        error: error instanceof Error ? error.name : "error",
      });
      await lookAgain(ctx, doubtful.touch.id, 0);
    }
  }
  return counts;
}

async function readDoubtful(ctx: Context): Promise<Doubtful[]> {
  const rows = await ctx.db
    .select({
      touch: touches,
      attempt: attempts,
      inDoubt: sql<number>`(SELECT count(*) FROM attempts AS each WHERE each.touch_id = ${touches.id} AND each.outcome = 'unknown')`,
      messageId: sql<string>`coalesce((${firstDoubted(sql`id`)}), ${attempts.id})`,
      since: sql<number>`coalesce((${firstDoubted(sql`started_at`)}), ${attempts.startedAt})`,
    })
    .from(touches)
    .innerJoin(attempts, and(eq(attempts.touchId, touches.id), eq(attempts.number, touches.attemptCount)))
    .where(and(isNotNull(touches.checkAt), lte(touches.checkAt, ctx.now())))
    .orderBy(asc(touches.checkAt))
    .limit(BATCH);
  return rows;
}

function firstDoubted(column: SQL): SQL {
  return sql`SELECT first.${column} FROM attempts AS first WHERE first.touch_id = ${touches.id}
    AND first.provider = ${attempts.provider} AND first.outcome = 'unknown' ORDER BY first.number LIMIT 1`;
}

async function settleUnknown(
  ctx: Context,
  channel: Channel,
  doubtful: Doubtful,
  counts: ReconcileCounts,
): Promise<void> {
  const { touch, attempt } = doubtful;
  const { providerId, isUnclear } = await locate(ctx, channel, doubtful);
  if (providerId) {
    counts.found += 1;
    await recordReport(ctx, {
      provider: channel.provider,
      touchId: touch.id,
      attemptId: attempt.id,
      providerId,
      status: TAKEN,
      errorCode: null,
    });
    return;
  }
  if (isUnclear) {
    counts.parked += 1;
    await park(ctx, touch.id, "not_comparable");
    return;
  }
  const { looks, attempts: most } = LIMITS[channel.settles];
  if (touch.emptyChecks + 1 < looks) return lookAgain(ctx, touch.id, 1);
  if (mayGoAgain(ctx, channel, doubtful, most)) {
    counts.resent += 1;
    await planAgain(ctx, touch.id, channel.settles === "list" ? "not_found_twice" : "repeated");
  } else {
    counts.parked += 1;
    await park(ctx, touch.id, "in_doubt");
  }
}

function mayGoAgain(ctx: Context, channel: Channel, { touch, inDoubt, since }: Doubtful, most: number): boolean {
  const isInUse = channelsFor(ctx, channel.medium).some(({ provider }) => provider === channel.provider);
  const isKnown = channel.settles === "list" || ctx.now() - since < KNOWN_FOR_MS;
  return isInUse && isKnown && ctx.now() < touch.notAfterAt && inDoubt < most;
}

/** Callbacks can be lost: ask what became of a message that was taken an hour ago. */
async function askForEnd(
  ctx: Context,
  channel: Channel,
  { touch, attempt }: Doubtful,
  counts: ReconcileCounts,
): Promise<void> {
  const found = attempt.providerId ? await channel.find(attempt.providerId) : null;
  if (found) {
    counts.found += 1;
    await recordReport(ctx, { ...found, provider: channel.provider, touchId: touch.id, attemptId: attempt.id });
  }
  await ctx.db.run(
    sql`UPDATE ${touches} SET check_at = ${nextQuestion(ctx, attempt)} WHERE id = ${touch.id} AND check_at IS NOT NULL`,
  );
}

/** Hourly for three days after the hand-over; a carrier that is silent longer will not speak. */
function nextQuestion(ctx: Context, { startedAt }: Doubtful["attempt"]): number | null {
  return ctx.now() - startedAt < 3 * 24 * SILENCE_MS ? ctx.now() + SILENCE_MS : null;
}

async function lookAgain(ctx: Context, touchId: string, empty: 0 | 1): Promise<void> {
  const at = ctx.now() + ctx.env.RECONCILE_AFTER_SECONDS * 2500;
  await ctx.db.run(
    sql`UPDATE ${touches} SET empty_checks = empty_checks + ${empty}, check_at = ${at} WHERE id = ${touchId} AND check_at IS NOT NULL`,
  );
}

async function planAgain(ctx: Context, touchId: string, reason: Reason): Promise<void> {
  const details = { reason };
  await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${touches} SET status = 'planned', reason = ${reason}, due_at = ${ctx.now()}, check_at = NULL,
      sent_on = NULL, empty_checks = 0, updated_at = ${ctx.now()} WHERE id = ${touchId} AND status = 'unknown'`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "touch.planned", entityId: touchId, details })),
  ]);
}

async function park(ctx: Context, touchId: string, reason: Reason): Promise<void> {
  await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${touches} SET status = 'parked', reason = ${reason}, check_at = NULL, updated_at = ${ctx.now()}
      WHERE id = ${touchId} AND status = 'unknown'`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "touch.parked", entityId: touchId, details: { reason } })),
    ctx.db.run(raiseAlarm(ctx, "touch_parked", touchId, {})),
  ]);
}
