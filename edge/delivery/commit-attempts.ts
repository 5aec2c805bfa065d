import { sql } from "drizzle-orm";
import { inList, insertRows } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { attempts, touches, unsubscribeLinks } from "../../db/schema/engagement.ts";
import { audit } from "../../db/schema/operations.ts";
import { inviteLinks } from "../../db/schema/surveys.ts";
import { visitLinks } from "../../db/schema/visits.ts";
import { countedSince, MAY_HAVE_ARRIVED } from "../caps.ts";
import { type Context, stamp } from "../context.ts";
import { budgetMonth } from "../prices.ts";
import { budgetGuard } from "./budget-guard.ts";
import type { Composed } from "./compose.ts";
import { isPaused } from "./pause.ts";
import type { MostSpent } from "./purse.ts";
import type { Prepared } from "./read-facts.ts";
import { isUnwilling } from "./wills.ts";

/** A touch whose attempt is committed: only these may be handed over. */
export type Ready = {
  prepared: Prepared;
  composed: Composed;
  attemptId: string;
  provider: string;
  /** The id of the touch's first attempt that is in doubt at this provider, or of this attempt: a repeat says who it is. */
  messageId: string;
};

/** What passed the gate, with what it is expected to cost, and what may have been spent elsewhere for it still to leave. */
export type Candidate = {
  prepared: Prepared;
  composed: Composed;
  estimateMicros: number;
  mostSpent: MostSpent;
};

const DAY_MS = 86_400_000;
/** A visit's link ends with its start, and after this in any case. */
const VISIT_LINK_MS = 3 * DAY_MS;

/**
 * Commits the intent to send, all in one batch: touch `sending`, attempt, link, audit. Says again, inside the same
 * statement, that nothing is paused, the number has not opted out and has not got what it may get, and that the budgets of
 * nudge and media buy have room, so that a pause, a STOP or a second dispatcher between the gate and here still stops it. Returns the ones that
 * got through; the others stay claimed.
 */
export async function commitAttempts(
  ctx: Context,
  owner: string,
  provider: string,
  candidates: Candidate[],
): Promise<Ready[]> {
  const ready = candidates.map((each) => ({ ...each, provider, attemptId: newId("attempt", ctx.now()) }));
  const { at, actor, requestId } = stamp(ctx);
  const cells = ready.map((each) => ({
    touchId: each.prepared.touch.id,
    id: each.attemptId,
    bodyKey: each.composed.bodyKey,
    // Only texts are paid for by the piece.
    segments: each.prepared.touch.channel === "sms" ? each.composed.segments.count : 0,
    estimateMicros: each.estimateMicros,
    nudgeId: each.prepared.touch.nudgeId,
    mostSpentOfNudge: each.mostSpent.nudge,
    mediaBuyId: each.prepared.touch.mediaBuyId,
    mostSpentOfBuy: each.mostSpent.buy,
    addressKey: each.prepared.contact?.addressKey ?? null,
    category: each.prepared.facts.category,
    ...capCells(each.prepared),
    resendReason: each.prepared.touch.attemptCount > 0 ? (each.prepared.touch.reason ?? "again") : null,
  }));
  const links = ready.flatMap(({ composed, prepared }) =>
    composed.tokenHash
      ? [{ tokenHash: composed.tokenHash, inviteId: prepared.touch.inviteId, touchId: prepared.touch.id }]
      : [],
  );
  const exits = ready.flatMap(({ composed, prepared }) =>
    composed.unsubscribe && prepared.contact
      ? [
          {
            tokenHash: composed.unsubscribe.hash,
            addressKey: prepared.contact.addressKey,
            touchId: prepared.touch.id,
          },
        ]
      : [],
  );
  const visits = ready.flatMap(({ composed: { visitLink }, prepared: { touch } }) =>
    visitLink && touch.appointmentId
      ? [
          {
            tokenHash: visitLink.hash,
            touchId: touch.id,
            appointmentId: touch.appointmentId,
            startsAt: visitLink.startsAt,
            locale: visitLink.locale,
            expiresAt: Math.min(visitLink.startsAt, at + VISIT_LINK_MS),
          },
        ]
      : [],
  );
  const mine = sql`EXISTS (SELECT 1 FROM ${touches} WHERE id = json_extract(value, '$.touchId')
    AND status = 'sending' AND lease_owner = ${owner})`;
  const own = insertRows(
    attempts,
    cells,
    {
      provider: sql`${provider}`,
      startedAt: sql`${at}`,
      number: sql`(SELECT attempt_count FROM ${touches} WHERE id = json_extract(value, '$.touchId'))`,
    },
    sql`AND ${mine}`,
  );
  const linkExpiry = { expiresAt: sql`${at + ctx.tenant.settings.ask.linkDays * DAY_MS}` };
  const [, , , passed] = await ctx.db.batch([
    ctx.db.run(markSending(owner, cells, at, budgetMonth(ctx, at))),
    ctx.db.run(own),
    ctx.db.run(sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'touch.sending', json_extract(value, '$.touchId'), json_object('attempt', json_extract(value, '$.id')), ${requestId}
      FROM json_each(${JSON.stringify(cells)}) WHERE ${mine}`),
    ctx.db.all<{ id: string; doubted: string | null }>(sql`SELECT id, (SELECT attempts.id FROM ${attempts}
        WHERE touch_id = touches.id AND provider = ${provider} AND outcome = 'unknown' ORDER BY number LIMIT 1) AS doubted
      FROM ${touches} WHERE lease_owner = ${owner} AND status = 'sending'
      AND id ${inList(cells.map((cell) => cell.touchId))}`),
    ...(exits.length > 0
      ? [ctx.db.run(insertRows(unsubscribeLinks, exits, { createdAt: sql`${at}` }, sql`AND ${mine}`))]
      : []),
    ...(visits.length > 0 ? [ctx.db.run(insertRows(visitLinks, visits, {}, sql`AND ${mine}`))] : []),
    ...(links.length > 0 ? [ctx.db.run(insertRows(inviteLinks, links, linkExpiry, sql`AND ${mine}`))] : []),
  ]);
  const doubted = new Map(passed.map((row) => [row.id, row.doubted]));
  return ready.flatMap((each) => {
    const messageId = doubted.get(each.prepared.touch.id);
    return messageId === undefined ? [] : [{ ...each, messageId: messageId ?? each.attemptId }];
  });
}

/** What the guard counts by. A clinic's "one text a phone a day" is a ceiling of one. */
function capCells({ today, facts, limits, countsAs }: Prepared) {
  const { week, month } = countedSince(today);
  const [since = today] = [week, month].sort();
  return { ...limits, ceiling: facts.onePerPhonePerDay ? 1 : limits.ceiling, countsAs, today, week, month, since };
}

function markSending(owner: string, cells: Record<string, string | number | null>[], at: number, month: string) {
  const budget = budgetGuard(cells, month);
  return sql`${budget.others} UPDATE ${touches} SET status = 'sending', address_key = ${given("addressKey")},
      sent_on = ${given("today")}, counts_as = ${given("countsAs")}, attempt_count = attempt_count + 1, reason = NULL,
      updated_at = ${at}, estimate_micros = ${given("estimateMicros")} * (1 + (SELECT count(*) FROM ${attempts}
        WHERE touch_id = touches.id AND outcome IN ('accepted', 'unknown'))), cost_micros = NULL, budget_month = ${month}
    FROM json_each(${JSON.stringify(cells)}) AS row
    WHERE touches.id = ${given("touchId")} AND touches.status = 'claimed' AND touches.lease_owner = ${owner}
      AND NOT ${isPaused(sql`touches.kind`)} AND ${budget.hasRoom}
      AND NOT ${isUnwilling({
        addressKey: given("addressKey"),
        channel: sql`touches.channel`,
        category: given("category"),
        kind: sql`touches.kind`,
      })}
      AND NOT coalesce((SELECT sum(other.sent_on >= ${given("today")}) >= ${given("ceiling")}
          OR sum(other.sent_on >= ${given("today")} AND other.counts_as = ${given("countsAs")}) >= ${given("perDay")}
          OR sum(other.sent_on >= ${given("week")} AND other.counts_as = ${given("countsAs")}) >= ${given("perWeek")}
          OR sum(other.sent_on >= ${given("month")} AND other.counts_as = ${given("countsAs")}) >= ${given("perMonth")}
        FROM ${touches} AS other WHERE other.address_key = ${given("addressKey")}
          AND other.sent_on >= ${given("since")} AND other.id <> touches.id AND ${MAY_HAVE_ARRIVED}), 0)`;
}

function given(name: string) {
  return sql.raw(`json_extract(row.value, '$.${name}')`);
}
