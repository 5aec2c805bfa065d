import { type SQL, sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { attempts, touches } from "../../db/schema/engagement.ts";
import { audit } from "../../db/schema/operations.ts";
import { contactPoints } from "../../db/schema/people.ts";
import { raiseAlarm } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import type { Reason } from "../reasons.ts";
import type { ErrorMeaning, SendResult } from "./channel.ts";
import { isOnly, mediumOf } from "./channels.ts";
import type { Ready } from "./commit-attempts.ts";
import { firstAskAt } from "./note-charges.ts";
import { optOutStatements } from "./opt-out.ts";
import { pauseStatements } from "./pause.ts";
import { wordsOf } from "./provider-words.ts";
import { pauseFilteredNudge } from "./try-again.ts";

/** `result: null` when the call was never made. */
export type Result = { ready: Ready; result: SendResult | null };

/** When the reconciler first asks about a message without a final report. */
const SILENCE_MS = 3_600_000;

type Change = {
  touchId: string;
  attemptId: string;
  touchStatus: "accepted" | "failed" | "planned" | "unknown";
  reason: Reason | null;
  outcome: "accepted" | "refused" | "throttled" | "not_sent" | "unknown";
  dueAt: number | null;
  checkAt: number | null;
  /** When the provider is first asked what it cost. */
  priceCheckAt: number | null;
  providerId: string | null;
  httpStatus: number | null;
  errorCode: string | null;
  /** 1 when nothing went out, so the number's day is free again. */
  frees: 0 | 1;
};

/**
 * Records what hand-overs came to, in one batch. A callback that was faster has already moved the touch on; then only
 * the attempt is completed. Returns true when the sender itself was refused, so that the run stops.
 */
export async function recordResults(ctx: Context, results: Result[]): Promise<boolean> {
  const changes = results.map((each) => changeOf(ctx, each));
  const json = JSON.stringify(changes);
  const { at, actor, requestId } = stamp(ctx);
  const field = (name: string) => sql.raw(`json_extract(row.value, '$.${name}')`);
  const open = sql`FROM json_each(${json}) AS row WHERE touches.id = ${field("touchId")} AND touches.status = 'sending'`;
  const statements = [
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'touch.' || ${field("touchStatus")}, touches.id,
        json_object('attempt', ${field("attemptId")}, 'outcome', ${field("outcome")}, 'errorCode', ${field("errorCode")}), ${requestId}
      FROM json_each(${json}) AS row JOIN ${touches} ON touches.id = ${field("touchId")} WHERE touches.status = 'sending'`,
    sql`UPDATE ${touches} SET status = ${field("touchStatus")}, reason = ${field("reason")},
      due_at = coalesce(${field("dueAt")}, due_at), check_at = ${field("checkAt")},
      sent_on = iif(${field("frees")} = 1, NULL, sent_on), lease_owner = NULL, lease_until = NULL, updated_at = ${at} ${open}`,
    sql`UPDATE ${attempts} SET outcome = ${field("outcome")}, finished_at = ${at}, http_status = ${field("httpStatus")},
      error_code = ${field("errorCode")}, price_check_at = ${field("priceCheckAt")}, provider_id = coalesce(provider_id, ${unbound(field("providerId"))})
      FROM json_each(${json}) AS row WHERE attempts.id = ${field("attemptId")} AND attempts.outcome = 'started'`,
    ...consequences(ctx, results),
  ];
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
  return results.some(
    ({ ready, result }) =>
      result?.outcome === "refused" && wordsOf(ready.provider).meaningOf(result.errorCode) === "sender_stopped",
  );
}

/** A repeat is answered with the first attempt's id; a report may have bound that one meanwhile. */
function unbound(providerId: SQL): SQL {
  return sql`iif(EXISTS (SELECT 1 FROM ${attempts} AS other WHERE other.provider_id = ${providerId}), NULL, ${providerId})`;
}

function changeOf(ctx: Context, { ready, result }: Result): Change {
  const now = ctx.now();
  const base = {
    touchId: ready.prepared.touch.id,
    attemptId: ready.attemptId,
    reason: null,
    dueAt: null,
    checkAt: null,
    priceCheckAt: null,
    providerId: null,
    httpStatus: result?.httpStatus ?? null,
    errorCode: null,
    frees: 0 as const,
  };
  const again = { ...base, touchStatus: "planned" as const, frees: 1 as const };
  // Due as before, so that nobody loses their place; the sender's hold keeps it from leaving too early.
  if (!result) return { ...again, outcome: "not_sent" };
  switch (result.outcome) {
    case "accepted":
      return {
        ...base,
        touchStatus: "accepted",
        outcome: "accepted",
        providerId: result.providerId,
        checkAt: now + SILENCE_MS,
        priceCheckAt: wordsOf(ready.provider).namesPrices ? firstAskAt(now) : null,
      };
    case "throttled":
      return { ...again, outcome: "throttled", reason: "throttled" };
    case "unknown": {
      const checkAt = now + ctx.env.RECONCILE_AFTER_SECONDS * 1000;
      return {
        ...base,
        touchStatus: "unknown",
        outcome: "unknown",
        reason: "in_doubt",
        errorCode: result.errorCode,
        checkAt,
      };
    }
    case "refused":
      return refused(base, wordsOf(ready.provider).meaningOf(result.errorCode), result.errorCode, now);
  }
}

function refused(
  base: Omit<Change, "touchStatus" | "outcome">,
  meaning: ErrorMeaning,
  errorCode: string,
  now: number,
): Change {
  // Nothing is wrong with the touch: it goes through the second provider, or waits until staff lift the pause.
  if (meaning === "sender_stopped") {
    return { ...base, touchStatus: "planned", outcome: "refused", reason: meaning, errorCode, dueAt: now, frees: 1 };
  }
  const reason = meaning === "other" ? "refused" : meaning;
  return { ...base, touchStatus: "failed", outcome: "refused", reason, errorCode, frees: 1 };
}

/** What an error says beyond its touch: a number that opted out, one that cannot be texted, a sender that is blocked. */
function consequences(ctx: Context, results: Result[]): SQL[] {
  return results.flatMap(({ ready, result }) => {
    if (result?.outcome !== "refused" || !ready.prepared.contact) return [];
    const { addressKey } = ready.prepared.contact;
    return meaningConsequences(ctx, {
      provider: ready.provider,
      errorCode: result.errorCode,
      addressKey,
      touchId: ready.prepared.touch.id,
    });
  });
}

/** The statements that a provider's error calls for, wherever it came from: an answer or a later report. */
export function meaningConsequences(
  ctx: Context,
  { provider, errorCode, addressKey, touchId }: Record<"provider" | "errorCode" | "addressKey" | "touchId", string>,
): SQL[] {
  const meaning = wordsOf(provider).meaningOf(errorCode);
  switch (meaning) {
    case "opted_out":
      return optOutStatements(ctx, { addressKey, source: "carrier", evidence: null, channel: mediumOf(provider) });
    case "invalid_phone":
    case "invalid_address":
      return [markAddress(ctx, addressKey, "invalid", errorCode)];
    case "landline":
    case "unreachable":
      return [markAddress(ctx, addressKey, meaning, errorCode)];
    case "sender_stopped":
      return [
        raiseAlarm(ctx, "sender_stopped", provider, { errorCode }),
        ...(isOnly(ctx, provider) ? pauseStatements(ctx, { kind: null, reason: meaning }) : []),
      ];
    case "filtered":
      return [raiseAlarm(ctx, "message_filtered", provider, { errorCode }), ...pauseFilteredNudge(ctx, touchId)];
    default:
      return [];
  }
}

function markAddress(
  ctx: Context,
  addressKey: string,
  state: "invalid" | "landline" | "unreachable",
  code: string,
): SQL {
  return sql`UPDATE ${contactPoints} SET state = ${state}, state_reason = ${code}, updated_at = ${ctx.now()}
    WHERE address_key ${inList([addressKey])} AND state = 'ok'`;
}
