import { type SQL, sql } from "drizzle-orm";
import { attempts, touches } from "../../db/schema/engagement.ts";
import { audit } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import type { Medium } from "./channel.ts";
import { isPaused } from "./pause.ts";

/** Longer than the longest hand-over (35 s) with its database work; after this another run may decide about the touch. */
export const LEASE_MS = 120_000;
/** The database's own clock: a worker with a wrong one cannot steal a lease. */
const STORE_NOW = sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** The condition of the index over open leases, word for word: SQLite uses it only where it finds this in the query. */
const LEASED = sql`status IN ('claimed', 'sending')`;

/**
 * Takes up to `limit` due touches of the channel's medium that its provider may carry, oldest first, leaving out kinds
 * that are paused: what another provider may have taken already goes through that one or not at all. With `isBoundOnly`
 * only what this provider may have taken. Returns their ids.
 */
export async function claimDue(
  ctx: Context,
  owner: string,
  { medium, provider, isBoundOnly = false }: { medium: Medium; provider: string; isBoundOnly?: boolean },
  limit: number,
): Promise<string[]> {
  const doubted = (whose: SQL) => sql`EXISTS (SELECT 1 FROM ${attempts}
    WHERE touch_id = due.id AND outcome = 'unknown' AND provider ${whose})`;
  const bound = isBoundOnly ? sql`AND due.attempt_count > 0 AND ${doubted(sql`= ${provider}`)}` : sql``;
  const rows = await ctx.db.all<{ id: string }>(sql`UPDATE ${touches}
    SET status = 'claimed', lease_owner = ${owner}, lease_until = ${STORE_NOW} + ${LEASE_MS}
    WHERE id IN (SELECT id FROM ${touches} AS due WHERE due.status = 'planned' AND due.channel = ${medium} AND due.due_at <= ${ctx.now()}
        AND NOT ${isPaused(sql`due.kind`)} AND (due.attempt_count = 0 OR NOT ${doubted(sql`<> ${provider}`)}) ${bound}
      ORDER BY due.due_at LIMIT ${limit}) AND status = 'planned'
    RETURNING id`);
  return rows.map((row) => row.id);
}

/** Gives back what was claimed and not decided, to be looked at again. */
export async function releaseClaims(ctx: Context, owner: string): Promise<void> {
  await ctx.db.run(sql`UPDATE ${touches} SET status = 'planned', lease_owner = NULL, lease_until = NULL
    WHERE ${LEASED} AND status = 'claimed' AND lease_owner = ${owner}`);
}

/**
 * Leases that ran out. A claim without a committed attempt made no call: it is due again. One that was `sending` may
 * have been taken by the provider: it becomes `unknown`, for the reconciler, and is never simply sent again.
 */
export async function recoverLeases(ctx: Context): Promise<number> {
  const { at, actor, requestId } = stamp(ctx);
  const late = sql`${LEASED} AND status = 'sending' AND lease_until < ${STORE_NOW}`;
  const [claims, , , unknown] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${touches} SET status = 'planned', lease_owner = NULL, lease_until = NULL
      WHERE ${LEASED} AND status = 'claimed' AND lease_until < ${STORE_NOW}`),
    ctx.db.run(sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'touch.unknown', id, '{"reason":"lease_ran_out"}', ${requestId} FROM ${touches} WHERE ${late}`),
    ctx.db.run(sql`UPDATE ${attempts} SET outcome = 'unknown', error_code = 'lease_ran_out', finished_at = ${at}
      WHERE outcome = 'started' AND touch_id IN (SELECT id FROM ${touches} WHERE ${late})`),
    ctx.db.run(sql`UPDATE ${touches} SET status = 'unknown', reason = 'lease_ran_out', check_at = ${at}, lease_owner = NULL,
      lease_until = NULL, updated_at = ${at} WHERE ${late}`),
  ]);
  return claims.rowsAffected + unknown.rowsAffected;
}
