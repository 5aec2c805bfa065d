import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { inList } from "../../../db/bulk.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import { contactPoints, patients } from "../../../db/schema/people.ts";
import { type Context, stamp } from "../../context.ts";
import { classifyText } from "../../responses/texts/classify-text.ts";
import { openText } from "../../responses/texts/open-text.ts";
import { TEXT_SOURCES, type TextSource } from "../../text-sources.ts";

/** A text that waits for a person, opened. `isStop`: it was taken as a plea to stop, and the number is stopped. */
export type WaitingText = {
  id: string;
  receivedAt: number;
  from: string;
  addressKey: string;
  body: string;
  isStop: boolean;
};

/** Whose number it is, still sealed. */
export type Sender = { addressKey: string; patientId: string; sealed: string };

const MOST = 100;

/** The newest texts that nobody has dealt with yet, with the people who have these numbers. */
export async function listTexts(ctx: Context): Promise<{ texts: WaitingText[]; senders: Sender[] }> {
  const rows = await ctx.db.all<{
    id: string;
    sid: string;
    source: TextSource;
    sealed: string;
    at: number;
  }>(sql`SELECT id, dedupe_key AS sid, source,
    sealed, received_at AS at FROM ${inboundMessages} WHERE source ${inList(TEXT_SOURCES)} AND status = 'received'
    ORDER BY received_at DESC LIMIT ${MOST}`);
  const texts = await Promise.all(rows.map((row) => opened(ctx, row)));
  const senders =
    await ctx.db.all<Sender>(sql`SELECT address_key AS addressKey, patients.id AS patientId, patients.sealed
    FROM ${contactPoints} JOIN ${patients} ON patients.id = contact_points.patient_id
    WHERE is_current = 1 AND address_key ${inList(texts.map((text) => text.addressKey))}`);
  return { texts, senders };
}

/** Takes a text off the list. False when it was not, or no longer, on it. */
export async function settleText(ctx: Context, id: string): Promise<boolean> {
  const [settled] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${inboundMessages} SET status = 'processed'
      WHERE id = ${id} AND source ${inList(TEXT_SOURCES)} AND status = 'received'`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "text.settled", entityId: id })),
  ]);
  return settled.rowsAffected > 0;
}

async function opened(
  ctx: Context,
  row: { id: string; sid: string; source: TextSource; sealed: string; at: number },
): Promise<WaitingText> {
  const raw = await ctx.keys.open({ table: "inbound_messages", row: row.sid }, row.sealed);
  const { from, body } = openText(row.source, raw);
  return {
    id: row.id,
    receivedAt: row.at,
    from,
    addressKey: await ctx.keys.blindIndex("address", from),
    body,
    isStop: from.startsWith("+") && classifyText(body).kind === "stop",
  };
}
