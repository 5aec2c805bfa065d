import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { touches } from "../../../db/schema/engagement.ts";
import { deliveries, exportFiles } from "../../../db/schema/exports.ts";
import { mediaBuyRecipients, mediaBuys } from "../../../db/schema/nudges.ts";
import { audit } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";
import { endTouches } from "../../engagement/end-touches.ts";
import { findBuy, moveBuy } from "./move-buy.ts";

type TouchStatus = "accepted" | "sent" | "delivered";
type PieceStatus = "produced" | "in_transit" | "delivered";

/**
 * The printer has the list and makes the pieces: said by the arrival of the file, or by staff who brought it there
 * themselves. Throws NOT_FOUND, or CONFLICT unless it is committed.
 */
export async function startProduction(ctx: Context, id: string): Promise<void> {
  await moveBuy(ctx, id, {
    from: ["committed"],
    to: "in_production",
    only: {
      when: sql`NOT EXISTS (${deliveryOf(id)} AND deliveries.status = 'renaming')`,
      otherwise: "Its file is on the way just now.",
    },
    along: (may) => [
      ...movePieces(ctx, id, may, { touch: ["sending", "accepted"], piece: ["planned", "produced"] }),
      // Brought by hand, or seen there: a courier must not bring it once more.
      sql`UPDATE ${deliveries} SET status = iif(status = 'in_doubt', 'arrived', 'cancelled'), updated_at = ${ctx.now()}
        WHERE id IN (${deliveryOf(id)} AND deliveries.status IN ('waiting', 'failed', 'in_doubt')) AND ${may}`,
    ],
  });
}

export const Mailed = z
  .strictObject({
    /** Local days: when it was posted, and between which it lies in people's homes. */
    mailOn: z.iso.date(),
    inHomeFromOn: z.iso.date(),
    inHomeToOn: z.iso.date(),
    vendorJobRef: z.string().trim().min(1).max(60).optional(),
  })
  .refine(({ mailOn, inHomeFromOn }) => mailOn <= inHomeFromOn, {
    error: "expected a day not before it was mailed",
    path: ["inHomeFromOn"],
  })
  .refine(({ inHomeFromOn, inHomeToOn }) => inHomeFromOn <= inHomeToOn, {
    error: "expected a day not before the first",
    path: ["inHomeToOn"],
  });
export type Mailed = z.infer<typeof Mailed>;

/** The pieces were posted. Throws NOT_FOUND, or CONFLICT unless it is in production. */
export async function recordMailed(ctx: Context, id: string, mailed: Mailed): Promise<void> {
  await moveBuy(ctx, id, {
    from: ["in_production"],
    to: "mailed",
    set: { ...mailed, vendorJobRef: mailed.vendorJobRef ?? null },
    details: mailed,
    along: (may) => movePieces(ctx, id, may, { touch: ["accepted", "sent"], piece: ["produced", "in_transit"] }),
  });
}

/**
 * Nothing more is expected: what did not come back counts as delivered. Letters must have been mailed; texts and mails
 * are complete once none of theirs waits any more. Throws NOT_FOUND or CONFLICT.
 */
export async function completeMediaBuy(ctx: Context, id: string): Promise<void> {
  const { channel } = await findBuy(ctx, id);
  if (channel === "print") {
    await moveBuy(ctx, id, {
      from: ["mailed"],
      to: "completed",
      along: (may) => movePieces(ctx, id, may, { touch: ["sent", "delivered"], piece: ["in_transit", "delivered"] }),
    });
    return;
  }
  const waits = sql`EXISTS (SELECT 1 FROM ${touches} WHERE touches.media_buy_id = ${id}
    AND touches.status IN ('planned', 'claimed', 'sending', 'unknown', 'parked'))`;
  const otherwise = "Some of its messages have not left yet; look again when they have.";
  await moveBuy(ctx, id, { from: ["draft"], to: "completed", only: { when: sql`NOT ${waits}`, otherwise } });
}

/**
 * Nothing of it is printed or sent any more: what waits ends with that as its reason. Of letters only while the file
 * cannot have reached the printer. Throws NOT_FOUND or CONFLICT.
 */
export async function cancelMediaBuy(ctx: Context, id: string): Promise<void> {
  const gone = sql`EXISTS (${deliveryOf(id)} AND deliveries.status IN ('renaming', 'arrived', 'in_doubt'))`;
  const otherwise = "The printer has the file, or may have it: cancel it there first.";
  const open = sql`media_buy_id = ${id} AND (status = 'planned' OR status = 'sending' AND channel = 'print'
    OR status = 'claimed' AND lease_owner = media_buy_id)`;
  await moveBuy(ctx, id, {
    from: ["draft", "committed"],
    to: "cancelled",
    only: { when: sql`NOT ${gone}`, otherwise },
    along: (may) => [
      ...endTouches(ctx, sql`${open} AND ${may}`, "cancelled", "mailing_cancelled"),
      sql`UPDATE ${deliveries} SET status = 'cancelled', updated_at = ${ctx.now()} WHERE id IN (${deliveryOf(id)}) AND status IN ('waiting', 'failed') AND ${may}`,
    ],
  });
}

function deliveryOf(id: string): SQL {
  return sql`SELECT deliveries.id FROM ${deliveries} JOIN ${exportFiles} ON export_files.id = deliveries.file_id
    WHERE export_files.kind = 'mailing' AND export_files.subject_id = ${id}`;
}

/** The mailings whose file has arrived at the printer go into production. */
export async function followArrivals(ctx: Context): Promise<{ arrived: number }> {
  const rows = await ctx.db.all<{ id: string }>(sql`SELECT media_buys.id FROM ${mediaBuys}
    JOIN ${exportFiles} ON export_files.kind = 'mailing' AND export_files.subject_id = media_buys.id
    JOIN ${deliveries} ON deliveries.file_id = export_files.id AND deliveries.status = 'arrived'
    WHERE media_buys.status = 'committed'`);
  for (const { id } of rows) await startProduction(ctx, id);
  return { arrived: rows.length };
}

/** Everybody who was mailed, one step on; what came back stays so. */
function movePieces(
  ctx: Context,
  id: string,
  may: SQL,
  { touch, piece }: { touch: ["sending" | TouchStatus, TouchStatus]; piece: ["planned" | PieceStatus, PieceStatus] },
): SQL[] {
  const { at, actor, requestId } = stamp(ctx);
  const which = sql`media_buy_id = ${id} AND status = ${touch[0]} AND ${may}`;
  return [
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, ${`touch.${touch[1]}`}, id, json_object('mediaBuy', media_buy_id), ${requestId} FROM ${touches} WHERE ${which}`,
    sql`UPDATE ${touches} SET status = ${touch[1]}, updated_at = ${at} WHERE ${which}`,
    sql`UPDATE ${mediaBuyRecipients} SET status = ${piece[1]} WHERE media_buy_id = ${id} AND role = 'mailed' AND status = ${piece[0]} AND ${may}`,
  ];
}
