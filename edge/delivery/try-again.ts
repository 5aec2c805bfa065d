import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { touches } from "../../db/schema/engagement.ts";
import { nudges } from "../../db/schema/nudges.ts";
import { type Context, stamp } from "../context.ts";
import type { ErrorMeaning } from "./channel.ts";

/** How long after the first and the second report of a phone that is off a nudge's text is tried again. */
const TRY_AGAIN_MS = [15 * 60_000, 2 * 3_600_000];
/** So many texts of one nudge filtered within this time, and the nudge itself is what carriers object to. */
const FILTERED = 3;
const FILTERED_WITHIN_MS = 15 * 60_000;

type Touch = typeof touches.$inferSelect;

/** When a nudge's text that found the phone off is handed over again (epoch ms); null when that was the end of it. */
export function tryAgainAt(touch: Touch, meaning: ErrorMeaning, now: number): number | null {
  const wait = TRY_AGAIN_MS[touch.attemptCount - 1];
  if (touch.nudgeId === null || meaning !== "handset_off" || wait === undefined) return null;
  return now + wait < touch.notAfterAt ? now + wait : null;
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
