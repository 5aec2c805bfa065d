import { sql } from "drizzle-orm";
import { optOuts } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";
import type { Ready } from "./commit-attempts.ts";
import { isPaused } from "./pause.ts";

/**
 * The last look before the call. A batch is committed while the one before it is on the wire, which can take a minute:
 * a STOP or a pause from that minute still counts.
 */
export async function mayStillLeave(ctx: Context, { prepared }: Ready): Promise<boolean> {
  const { touch, contact } = prepared;
  const rows =
    await ctx.db.all(sql`SELECT 1 WHERE NOT ${isPaused(sql`${touch.kind}`)} AND NOT EXISTS (SELECT 1 FROM ${optOuts}
    WHERE address_key = ${contact?.addressKey ?? ""} AND channel = 'sms' AND ended_at IS NULL)`);
  return rows.length > 0;
}
