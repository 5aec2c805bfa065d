import { sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { mediaBuys } from "../../../db/schema/nudges.ts";
import { alarms } from "../../../db/schema/operations.ts";
import { raiseAlarm } from "../../alarms.ts";
import type { Context } from "../../context.ts";

const DAY_MS = 86_400_000;
/** A list is looked after for so long: whoever was told of it and let it be has decided. */
const LOOKED_FOR_MS = 14 * DAY_MS;

/**
 * Tells somebody, once, of a mailing that is a day old and was neither committed nor cancelled: its letters are gathered,
 * and none of them is printed until staff say so.
 */
export async function watchMailings(ctx: Context): Promise<{ forgotten: number }> {
  const now = ctx.now();
  const forgotten = await ctx.db.all<{ id: string; letters: number }>(sql`SELECT id, letters FROM (
      SELECT media_buys.id, (SELECT count(*) FROM ${touches} WHERE touches.media_buy_id = media_buys.id
        AND touches.status = 'claimed') AS letters
      FROM ${mediaBuys} WHERE created_at BETWEEN ${now - LOOKED_FOR_MS} AND ${now - DAY_MS} AND channel = 'print'
        AND status = 'draft' AND NOT EXISTS (SELECT 1 FROM ${alarms} AS told
          WHERE told.raised_at > ${now - LOOKED_FOR_MS} AND told.code = 'mailing_waits'
          AND told.subject = media_buys.id))
    WHERE letters > 0`);
  for (const { id, letters } of forgotten) await ctx.db.run(raiseAlarm(ctx, "mailing_waits", id, { letters }));
  return { forgotten: forgotten.length };
}
