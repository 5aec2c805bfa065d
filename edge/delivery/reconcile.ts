import { and, asc, desc, eq, isNotNull, lte, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { inList } from "../../db/bulk.ts";
import { attempts, touches } from "../../db/schema/engagement.ts";
import { contactPoints } from "../../db/schema/people.ts";
import { raiseAlarm } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import type { Reason } from "../reasons.ts";
import type { Channel } from "./channel.ts";
import { recordReport } from "./record-report.ts";

const BATCH = 50;
/** Clock differences between us and the provider. */
const LIST_FROM_BEFORE_MS = 5 * 60_000;
/** Empty looks before the message counts as never taken. */
const EMPTY_LOOKS = 2;
const MAX_ATTEMPTS = 2;
const SILENCE_MS = 3_600_000;

export type ReconcileCounts = { looked: number; found: number; resent: number; parked: number };

type Doubtful = {
  touch: typeof touches.$inferSelect;
  attempt: typeof attempts.$inferSelect;
  /** Attempts that may have been taken. Refused and throttled ones were not, and do not count. */
  inDoubt: number;
};

type Sighting = { providerId: string | null; isUnclear: boolean };

/**
 * Finds out about messages in doubt: a hand-over that may or may not have been taken, and one taken without a final
 * report. Asks the provider; only two empty looks in its list lead to the one second hand-over, and only while the
 * message is still worth saying. After that a person decides.
 */
export async function reconcile(ctx: Context, channel: Channel): Promise<ReconcileCounts> {
  const counts: ReconcileCounts = { looked: 0, found: 0, resent: 0, parked: 0 };
  for (const doubtful of await readDoubtful(ctx)) {
    counts.looked += 1;
    try {
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
    })
    .from(touches)
    .innerJoin(attempts, and(eq(attempts.touchId, touches.id), eq(attempts.number, touches.attemptCount)))
    .where(and(isNotNull(touches.checkAt), lte(touches.checkAt, ctx.now())))
    .orderBy(asc(touches.checkAt))
    .limit(BATCH);
  return rows;
}

async function settleUnknown(
  ctx: Context,
  channel: Channel,
  doubtful: Doubtful,
  counts: ReconcileCounts,
): Promise<void> {
  const { touch, attempt } = doubtful;
  const { providerId, isUnclear } = await findInList(ctx, channel, doubtful);
  if (providerId) {
    counts.found += 1;
    await recordReport(ctx, {
      touchId: touch.id,
      attemptId: attempt.id,
      providerId,
      status: "accepted",
      errorCode: null,
    });
    return;
  }
  if (isUnclear) {
    counts.parked += 1;
    await park(ctx, touch.id, "not_comparable");
    return;
  }
  if (touch.emptyChecks + 1 < EMPTY_LOOKS) return lookAgain(ctx, touch.id, 1);
  const isWorthSaying = ctx.now() < touch.notAfterAt && doubtful.inDoubt < MAX_ATTEMPTS;
  if (isWorthSaying) {
    counts.resent += 1;
    await planAgain(ctx, touch.id);
  } else {
    counts.parked += 1;
    await park(ctx, touch.id, "in_doubt");
  }
}

/**
 * The id of the provider's message that is this attempt, by the keyed hash of number and words. Unclear when the list
 * shows a message that is none of ours by id or by words: where the provider redacts them, it may be this one.
 */
async function findInList(ctx: Context, channel: Channel, { touch, attempt }: Doubtful): Promise<Sighting> {
  const [contact] = await ctx.db
    .select()
    .from(contactPoints)
    .where(and(eq(contactPoints.patientId, touch.patientId), eq(contactPoints.addressKey, touch.addressKey ?? "")))
    .orderBy(desc(contactPoints.updatedAt))
    .limit(1);
  // A number that is not known any more cannot be looked for.
  if (!contact) return { providerId: null, isUnclear: true };
  const to = await ctx.keys.open({ table: "contact_points", row: contact.id }, contact.sealed);
  const list = await channel.list(to, attempt.startedAt - LIST_FROM_BEFORE_MS);
  const listed = await Promise.all(
    list.map(async ({ providerId, body }) => ({
      providerId,
      key: await ctx.keys.blindIndex("body", `${to}\n${body}`),
    })),
  );
  const found = listed.find(({ key }) => key === attempt.bodyKey);
  if (found) return { providerId: found.providerId, isUnclear: false };
  const ours = await ctx.db
    .select({ providerId: attempts.providerId, key: attempts.bodyKey })
    .from(attempts)
    .where(
      sql`provider_id ${inList(listed.map(({ providerId }) => providerId))}
        OR touch_id IN (SELECT id FROM touches WHERE address_key = ${touch.addressKey})`,
    );
  const known = new Set(ours.flatMap(({ providerId, key }) => [providerId, key]));
  return {
    providerId: null,
    isUnclear: listed.some(({ providerId, key }) => !known.has(providerId) && !known.has(key)),
  };
}

/** Callbacks can be lost: ask what became of a message that was taken an hour ago. */
async function askForEnd(
  ctx: Context,
  channel: Channel,
  { touch, attempt }: Doubtful,
  counts: ReconcileCounts,
): Promise<void> {
  const listed = attempt.providerId ? await channel.find(attempt.providerId) : null;
  if (listed) {
    counts.found += 1;
    await recordReport(ctx, { ...listed, touchId: touch.id, attemptId: attempt.id });
  }
  await ctx.db.run(
    sql`UPDATE ${touches} SET check_at = ${nextQuestion(ctx, touch)} WHERE id = ${touch.id} AND check_at IS NOT NULL`,
  );
}

/** Hourly for three days; a carrier that is silent longer will not speak. */
function nextQuestion(ctx: Context, touch: Doubtful["touch"]): number | null {
  return ctx.now() - touch.createdAt < 3 * 24 * SILENCE_MS ? ctx.now() + SILENCE_MS : null;
}

async function lookAgain(ctx: Context, touchId: string, empty: 0 | 1): Promise<void> {
  const at = ctx.now() + ctx.env.RECONCILE_AFTER_SECONDS * 2500;
  await ctx.db.run(
    sql`UPDATE ${touches} SET empty_checks = empty_checks + ${empty}, check_at = ${at} WHERE id = ${touchId} AND check_at IS NOT NULL`,
  );
}

async function planAgain(ctx: Context, touchId: string): Promise<void> {
  const details = { reason: "not_found_twice" };
  await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${touches} SET status = 'planned', reason = 'not_found_twice', due_at = ${ctx.now()}, check_at = NULL,
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
