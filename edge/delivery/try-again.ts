import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { touches } from "../../db/schema/engagement.ts";
import { nudges } from "../../db/schema/nudges.ts";
import { type Context, stamp } from "../context.ts";
import type { Reason } from "../reasons.ts";
import type { ErrorMeaning } from "./channel.ts";

/** Ways not to arrive that pass: the same message may well arrive a little later. */
export const PASSING: readonly string[] = ["handset_off", "bounced_for_now"] satisfies ErrorMeaning[];
/** Why a message waits that no provider takes for now. */
export const KEPT_BY_PROVIDER: readonly string[] = ["throttled", "sender_stopped", "provider_away"] satisfies Reason[];
/** How long after the first and the second such report a nudge's message is tried again. */
const TRY_AGAIN_MS = [15 * 60_000, 2 * 3_600_000];
/** So many texts of one nudge filtered within this time, and the nudge itself is what carriers object to. */
const FILTERED = 3;
const FILTERED_WITHIN_MS = 15 * 60_000;

type Touch = typeof touches.$inferSelect;

/** Whether a message that ended, or waits, for this reason was only out of luck. */
export function isPassing(reason: string | null): boolean {
  return PASSING.includes(reason ?? "");
}

/**
 * When a nudge's message that met such a moment is handed over again (epoch ms); null when that was the end of it.
 * `earlierTries` are those that the provider took: one that it never got is none.
 */
export function tryAgainAt(
  touch: Touch,
  { meaning, earlierTries }: { meaning: ErrorMeaning; earlierTries: number },
  now: number,
): number | null {
  const wait = TRY_AGAIN_MS[earlierTries];
  if (touch.nudgeId === null || !isPassing(meaning) || wait === undefined) return null;
  return now + wait < touch.notAfterAt ? now + wait : null;
}

/**
 * As what a message that waits for this reason ends when it is too late for it. One that its provider kept, or whose
 * address was out of reach each time, may still have another step said in its place.
 */
export function lateAs(reason: string | null): Reason {
  if (KEPT_BY_PROVIDER.includes(reason ?? "")) return "provider_down";
  return isPassing(reason) ? (reason as Reason) : "too_old";
}

/** The statements that pause the nudge of a touch that was just filtered, when it is one of several. What waits is held. */
export function pauseFilteredNudge(ctx: Context, touchId: string): SQL[] {
  const since = ctx.now() - FILTERED_WITHIN_MS;
  const nudgeId = sql`(SELECT nudge_id FROM ${touches} WHERE id = ${touchId})`;
  return [
    sql`UPDATE ${nudges} SET status = 'paused', paused_reason = 'filtered', version = version + 1, updated_at = ${ctx.now()}
      WHERE id = ${nudgeId} AND status = 'active' AND ${FILTERED} <= (SELECT count(*) FROM ${touches} AS filtered
        WHERE filtered.updated_at >= ${since} AND filtered.nudge_id = ${nudgeId} AND filtered.reason = 'filtered')`,
    auditIfChanged(stamp(ctx), { action: "nudge.paused", entityId: touchId, details: { reason: "filtered" } }),
  ];
}
