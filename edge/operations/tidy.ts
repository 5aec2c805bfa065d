import { and, lt, sql } from "drizzle-orm";
import { importChunks, imports, stagedRows } from "../../db/schema/imports.ts";
import { usedRequestIds } from "../../db/schema/operations.ts";
import { visitLinks } from "../../db/schema/visits.ts";
import type { Context } from "../context.ts";
import type { Counts } from "../procedure.ts";

const DAY_MS = 86_400_000;
/** A signature is refused after five minutes; a day leaves room for every clock and retry. */
const REQUEST_IDS_FOR_MS = DAY_MS;
/** What an import brought and could not be taken, or was never applied: long enough for somebody to look. */
const STAGED_FOR_MS = 7 * DAY_MS;
/** For so long after that it is looked for: what is older was dropped long ago, and the look must not grow with history. */
const LOOKED_FOR_MS = 30 * DAY_MS;

/**
 * Drops what nobody will ask for again: ids of old requests, links to visits that have run out, and what imports staged
 * and has been applied or is a week old. A held import keeps its rows until somebody has decided. What is kept for
 * months or years is `purge`'s.
 */
export async function tidy(ctx: Context): Promise<Counts> {
  const weekAgo = ctx.now() - STAGED_FOR_MS;
  const isOld = sql`started_at BETWEEN ${weekAgo - LOOKED_FOR_MS} AND ${weekAgo}`;
  const stale = sql`(SELECT id FROM ${imports} WHERE ${isOld} AND status <> 'held')`;
  const [ids, , seen, chunks] = await ctx.db.batch([
    ctx.db.delete(usedRequestIds).where(lt(usedRequestIds.at, ctx.now() - REQUEST_IDS_FOR_MS)),
    ctx.db.run(sql`UPDATE ${imports} SET status = 'failed', error_code = 'abandoned', finished_at = ${ctx.now()}
      WHERE ${isOld} AND status = 'staging'`),
    // The rows of what was applied are in the store; those that could not be taken stay for the page that shows them.
    ctx.db.run(sql`DELETE FROM ${stagedRows} WHERE reject_reason IS NULL AND import_id IN (SELECT id FROM ${imports}
      WHERE started_at > ${weekAgo} AND status IN ('applied', 'superseded', 'dropped'))`),
    ctx.db.run(sql`DELETE FROM ${importChunks} WHERE import_id IN ${stale}`),
    ctx.db.run(sql`DELETE FROM ${stagedRows} WHERE import_id IN ${stale}`),
    // A week serves whoever is asked about one; until its visit begins, one that ran out is good for a fresh one.
    ctx.db.delete(visitLinks).where(and(lt(visitLinks.expiresAt, weekAgo), lt(visitLinks.startsAt, ctx.now()))),
  ]);
  return { requestIds: ids.rowsAffected, staged: seen.rowsAffected + chunks.rowsAffected };
}
