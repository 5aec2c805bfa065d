import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { LAST_START_MS, windowClosesAt } from "../send-hours.ts";
import type { Ready } from "./commit-attempts.ts";
import { isPaused } from "./pause.ts";
import { isUnwilling } from "./wills.ts";

/**
 * The last look before the call. A batch is committed while the one before it is on the wire, which can take a minute:
 * a STOP or a pause from that minute still counts, and so does the end of the hours.
 */
export async function mayStillLeave(ctx: Context, { prepared }: Ready): Promise<boolean> {
  const { touch, contact, facts } = prepared;
  if (windowClosesAt(facts.office, ctx.now()) - ctx.now() < LAST_START_MS) return false;
  const unwilling = isUnwilling({ ...touch, category: facts.category, addressKey: contact?.addressKey ?? "" });
  const rows = await ctx.db.all(sql`SELECT 1 WHERE NOT ${isPaused(sql`${touch.kind}`)} AND NOT ${unwilling}`);
  return rows.length > 0;
}
