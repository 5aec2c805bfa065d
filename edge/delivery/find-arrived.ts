import { sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { attempts } from "../../db/schema/engagement.ts";
import { deliveryEvents } from "../../db/schema/reports.ts";
import type { Context } from "../context.ts";
import { wordsOf } from "./provider-words.ts";

/**
 * Those of these touches that arrived after all, or may have: a report can come late, and then a message in their place
 * would say the same thing twice. Reads indexes, and nothing where nothing stands in for anything.
 */
export async function findArrived(ctx: Context, touchIds: string[]): Promise<Set<string>> {
  if (touchIds.length === 0) return new Set();
  const [reports, doubted] = await ctx.db.batch([
    ctx.db
      .select({ touchId: deliveryEvents.touchId, provider: deliveryEvents.provider, status: deliveryEvents.status })
      .from(deliveryEvents)
      .where(sql`touch_id ${inList(touchIds)}`),
    ctx.db
      .select({ touchId: attempts.touchId })
      .from(attempts)
      .where(sql`touch_id ${inList(touchIds)} AND outcome = 'unknown'`),
  ]);
  const delivered = reports.filter(({ provider, status }) => wordsOf(provider).stepOf(status) === "delivered");
  return new Set([...delivered, ...doubted].map(({ touchId }) => touchId ?? ""));
}
