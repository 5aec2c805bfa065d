import { sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { mediaBuyRecipients } from "../../../db/schema/nudges.ts";
import type { Context } from "../../context.ts";

/** Of a touch: nothing of it left, and nothing will. */
export const ENDED = sql.raw("touches.status IN ('skipped', 'cancelled', 'expired', 'failed')");

/** Of somebody on the list, over the row joined to its touch: the piece was made, or the text left. */
export const FULFILLED = sql.raw(
  "role = 'mailed' AND touches.status IN ('accepted', 'sent', 'delivered', 'undelivered')",
);

/**
 * What somebody is in a media buy, as it stands now (SQL, over its row joined to its touch): who was to get a message that
 * ended before it left is suppressed, with the reason that ended it.
 */
export const ROLE_NOW = sql<"mailed" | "holdout" | "suppressed">`iif(role = 'mailed' AND ${ENDED}, 'suppressed', role)`;
export const SUPPRESS_REASON_NOW = sql<
  string | null
>`iif(role = 'mailed' AND ${ENDED}, coalesce(touches.reason, 'other'), suppress_reason)`;

export type RecipientCounts = {
  /** Everybody that the list was made of: the three below. */
  planned: number;
  mailed: number;
  holdout: number;
  suppressed: number;
  /** Of the mailed: what was handed over, a letter with its file, a text by itself. */
  fulfilled: number;
  returned: number;
  reasons: Record<string, number>;
};

type Row = {
  id: string;
  role: keyof RecipientCounts;
  reason: string | null;
  count: number;
  fulfilled: number;
  returned: number;
};

/** How many of whom these media buys have, by id. Reads their recipients, however many others there are. */
export async function countRecipients(ctx: Context, mediaBuyIds: string[]): Promise<Map<string, RecipientCounts>> {
  const rows = await ctx.db.all<Row>(sql`SELECT media_buy_recipients.media_buy_id AS id, ${ROLE_NOW} AS role,
      ${SUPPRESS_REASON_NOW} AS reason, count(*) AS count, sum(media_buy_recipients.status = 'returned') AS returned,
      sum(${FULFILLED}) AS fulfilled
    FROM ${mediaBuyRecipients} LEFT JOIN ${touches} ON touches.id = touch_id
    WHERE media_buy_recipients.media_buy_id ${inList(mediaBuyIds)} GROUP BY 1, 2, 3`);
  const none = () => ({ planned: 0, mailed: 0, holdout: 0, suppressed: 0, fulfilled: 0, returned: 0, reasons: {} });
  const all = new Map<string, RecipientCounts>(mediaBuyIds.map((id) => [id, none()]));
  for (const { id, role, reason, count, fulfilled, returned } of rows) {
    const counts = all.get(id);
    if (!counts) continue;
    counts.planned += count;
    (counts[role] as number) += count;
    counts.fulfilled += fulfilled;
    counts.returned += returned;
    if (reason !== null) counts.reasons[reason] = (counts.reasons[reason] ?? 0) + count;
  }
  return all;
}
