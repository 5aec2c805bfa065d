import { and, eq, type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { inList } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { attempts, touches } from "../../db/schema/engagement.ts";
import { deliveryEvents } from "../../db/schema/reports.ts";
import { raiseAlarm } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import { wake } from "../wake.ts";
import type { Charge } from "./channel.ts";
import { firstAskAt, noteCharges } from "./note-charges.ts";
import { TAKEN, wordsOf } from "./provider-words.ts";
import { meaningConsequences } from "./record-results.ts";
import { movesFrom } from "./status.ts";
import { isPassing, PASSING, tryAgainAt } from "./try-again.ts";
import { restSender } from "./watch-provider.ts";

export type DeliveryReport = {
  provider: string;
  touchId: string;
  /** The attempt that the callback address names; null for a report found by asking. */
  attemptId: string | null;
  providerId: string;
  /** The provider's own word. */
  status: string;
  errorCode: string | null;
  /** Where the report says it. */
  charge?: Charge | null;
};

/**
 * Records what a carrier says of one message. Each report once; a late or repeated one never moves a touch back. A
 * report that overtakes our own commit still lands, because its address names touch and attempt.
 */
export async function recordReport(
  ctx: Context,
  report: DeliveryReport,
): Promise<"recorded" | "duplicate" | "foreign"> {
  const { attempt, touch, isKnown, earlierTries } = await readState(ctx, report);
  if (!attempt || !touch) {
    await ctx.db.run(raiseAlarm(ctx, "foreign_callback", report.provider, { touch: touch?.id ?? null }));
    return "foreign";
  }
  const now = ctx.now();
  const words = wordsOf(report.provider);
  const next = report.status === TAKEN ? "accepted" : words.stepOf(report.status);
  const meaning = words.meaningOf(report.errorCode);
  const isEnd = next !== "accepted" && next !== "sent";
  const againAt = next === "undelivered" ? tryAgainAt(touch, { meaning, earlierTries }, now) : null;
  // What is said of an earlier try, again or late, does not end a later one. A repeat under our own id is the same message.
  const isEarlier = attempt.number < touch.attemptCount && report.providerId !== attempt.id;
  const isPassed = (next === "undelivered" || next === "failed") && (isEarlier || (isKnown && isPassing(meaning)));
  const becomes = againAt === null ? next : "planned";
  const [event] = await ctx.db.batch([
    ctx.db
      .insert(deliveryEvents)
      .values({
        id: newId("deliveryEvent", now),
        provider: report.provider,
        providerId: report.providerId,
        status: report.status.slice(0, 40),
        touchId: touch.id,
        errorCode: report.errorCode,
        receivedAt: now,
      })
      .onConflictDoNothing(),
    ctx.db.run(sql`UPDATE ${attempts} SET provider_id = ${report.providerId}, outcome = 'accepted',
      finished_at = coalesce(finished_at, ${now}), error_code = coalesce(${report.errorCode}, error_code),
      price_check_at = iif(price_micros IS NULL, coalesce(price_check_at, ${words.namesPrices ? firstAskAt(now) : null}), NULL)
      WHERE id = ${attempt.id} AND (provider_id IS NULL OR provider_id = ${report.providerId})`),
    ctx.db.run(sql`UPDATE ${touches} SET status = ${becomes}, check_at = iif(${isEnd ? 1 : 0}, NULL, coalesce(check_at, ${now + 3_600_000})),
      reason = ${next === "undelivered" || next === "failed" ? meaning : null}, lease_owner = NULL, lease_until = NULL, updated_at = ${now},
      due_at = coalesce(${againAt}, due_at), sent_on = iif(${againAt === null ? 0 : 1}, NULL, sent_on)
      WHERE id = ${touch.id} AND attempt_count > 0 AND status ${inList(isPassed || !next ? [] : movesFrom(next))}
        AND (status <> 'planned' OR NOT coalesce(reason, '') ${inList(PASSING)} OR ${next} = 'delivered')`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), {
        action: `touch.${becomes}`,
        entityId: touch.id,
        details: { errorCode: report.errorCode },
      }),
    ),
    ...noteCharge(ctx, report, attempt.id).map((statement) => ctx.db.run(statement)),
    // Said again later, an old report must not undo what a START or staff have changed since.
    ...(report.errorCode && touch.addressKey && !isKnown
      ? meaningConsequences(ctx, {
          provider: report.provider,
          errorCode: report.errorCode,
          addressKey: touch.addressKey,
          touchId: touch.id,
        }).map((statement) => ctx.db.run(statement))
      : []),
  ]);
  if (meaning === "sender_stopped" && !isKnown) await restSender(ctx, report.provider);
  const isNew = event.rowsAffected > 0;
  // Another step may have to be said in its place.
  if (isNew && touch.stepId !== null && (becomes === "undelivered" || becomes === "failed")) await wake(ctx);
  return isNew ? "recorded" : "duplicate";
}

function noteCharge(ctx: Context, { charge, touchId }: DeliveryReport, attemptId: string): SQL[] {
  return charge ? noteCharges(ctx, [{ attemptId, touchId, ...charge, askAt: null }]) : [];
}

/** The attempt that the report is about: none when the message is another attempt's, or the attempt is another message's. */
async function readState(ctx: Context, report: DeliveryReport) {
  const [[attempt], [touch], [bound], events, taken] = await ctx.db.batch([
    ctx.db.select().from(attempts).where(attemptOf(report)),
    ctx.db.select().from(touches).where(eq(touches.id, report.touchId)),
    ctx.db.select({ id: attempts.id }).from(attempts).where(eq(attempts.providerId, report.providerId)),
    ctx.db
      .select({ id: deliveryEvents.id })
      .from(deliveryEvents)
      .where(
        and(
          eq(deliveryEvents.provider, report.provider),
          eq(deliveryEvents.providerId, report.providerId),
          eq(deliveryEvents.status, report.status.slice(0, 40)),
        ),
      ),
    ctx.db
      .select({ id: attempts.id })
      .from(attempts)
      .where(and(eq(attempts.touchId, report.touchId), eq(attempts.outcome, "accepted"))),
  ]);
  const isBoundElsewhere = bound !== undefined && bound.id !== attempt?.id;
  const isOther = attempt && attempt.providerId !== null && attempt.providerId !== report.providerId;
  return {
    attempt: isBoundElsewhere || isOther ? undefined : attempt,
    touch,
    isKnown: events.length > 0,
    earlierTries: taken.filter(({ id }) => id !== attempt?.id).length,
  };
}

function attemptOf({ provider, attemptId, touchId, providerId }: DeliveryReport) {
  const which = attemptId ? eq(attempts.id, attemptId) : eq(attempts.providerId, providerId);
  return and(which, eq(attempts.touchId, touchId), eq(attempts.provider, provider));
}
