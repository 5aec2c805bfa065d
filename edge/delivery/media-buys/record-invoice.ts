import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { auditIfChanged } from "../../../db/audit.ts";
import { inList } from "../../../db/bulk.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { mediaBuyRecipients, mediaBuys } from "../../../db/schema/nudges.ts";
import { type Context, stamp } from "../../context.ts";
import { equalShares } from "../../engagement/media-buys/cost.ts";
import { HearbackError } from "../../errors.ts";
import { findBuy } from "./move-buy.ts";
import { FULFILLED } from "./recipients.ts";

export const Invoice = z.strictObject({ invoicedMicros: z.int().min(0).max(1e13) });
export type Invoice = z.infer<typeof Invoice>;

/** When there can be an invoice: the vendor has begun. */
const BILLED = ["in_production", "mailed", "completed", "invoiced"];
const PAGE = 2_000;

/**
 * The vendor's invoice: from now on it is what the buy cost, shared among the pieces that were made so that the shares
 * add up to it exactly. One that was wrong is entered again. A buy that is complete is done with it. Throws NOT_FOUND,
 * or CONFLICT where nothing was made yet.
 */
export async function recordInvoice(ctx: Context, id: string, { invoicedMicros }: Invoice): Promise<void> {
  const made = await ctx.db.all<{ touchId: string }>(sql`SELECT touch_id AS touchId FROM ${mediaBuyRecipients}
    JOIN ${touches} ON touches.id = touch_id WHERE media_buy_recipients.media_buy_id = ${id} AND ${FULFILLED} ORDER BY media_buy_recipients.patient_id`);
  const shares = equalShares(invoicedMicros, made.length);
  const rows = made.map(({ touchId }, index) => ({ touchId, micros: shares[index] ?? 0 }));
  const may = sql`EXISTS (SELECT 1 FROM ${mediaBuys} WHERE id = ${id} AND status ${inList(made.length > 0 ? BILLED : [])})`;
  const pages = Array.from({ length: Math.ceil(rows.length / PAGE) }, (_, page) =>
    rows.slice(page * PAGE, (page + 1) * PAGE),
  );
  const results: { rowsAffected: number }[] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${mediaBuys} SET invoiced_micros = ${invoicedMicros}, status = iif(status = 'completed', 'invoiced', status),
      updated_at = ${ctx.now()} WHERE id = ${id} AND ${may}`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "media_buy.invoiced", entityId: id, details: { invoicedMicros } })),
    ...pages.flatMap((page) => shareOut(page, may)).map((statement) => ctx.db.run(statement)),
  ]);
  if ((results[0]?.rowsAffected ?? 0) > 0) return;
  const { status } = await findBuy(ctx, id);
  const why = made.length === 0 ? "nothing of it was made" : `it is ${status.replace("_", " ")}`;
  throw new HearbackError("CONFLICT", `There is no invoice of this media buy yet: ${why}.`);
}

function shareOut(page: { touchId: string; micros: number }[], may: SQL): SQL[] {
  const from = sql`FROM json_each(${JSON.stringify(page)}) AS share`;
  const micros = sql.raw("json_extract(share.value, '$.micros')");
  const own = sql.raw("json_extract(share.value, '$.touchId')");
  return [
    sql`UPDATE ${mediaBuyRecipients} SET cost_micros = ${micros} ${from} WHERE touch_id = ${own} AND ${may}`,
    // Not `updated_at`: what a message cost is no change of the message.
    sql`UPDATE ${touches} SET cost_micros = ${micros} ${from} WHERE touches.id = ${own} AND ${may}`,
  ];
}
