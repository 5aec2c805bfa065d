import { sql } from "drizzle-orm";
import { appointments } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import { wantsAnotherTime } from "../engagement/another-time.ts";
import { LAST_START_MS, windowClosesAt } from "../send-hours.ts";
import type { Ready } from "./commit-attempts.ts";
import { isPaused } from "./pause.ts";
import { isUnwilling } from "./wills.ts";

/**
 * The last look before the call. A batch is committed while the one before it is on the wire, which can take a minute:
 * a STOP, a pause or a wish for another time from that minute still counts, and so does the end of the hours.
 */
export async function mayStillLeave(ctx: Context, { prepared }: Ready): Promise<boolean> {
  const { touch, contact, facts } = prepared;
  if (windowClosesAt(facts.office, ctx.now()) - ctx.now() < LAST_START_MS) return false;
  const unwilling = isUnwilling({ ...touch, category: facts.category, addressKey: contact?.addressKey ?? "" });
  const wish = sql`AND NOT EXISTS (SELECT 1 FROM ${appointments} AS visit WHERE visit.id = ${touch.appointmentId}
    AND ${wantsAnotherTime(sql`visit`, ctx.now())})`;
  const rows = await ctx.db.all(sql`SELECT 1 WHERE NOT ${isPaused(sql`${touch.kind}`)} AND NOT ${unwilling}
    ${touch.kind === "nudge" ? wish : sql``}`);
  return rows.length > 0;
}
