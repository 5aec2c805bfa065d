import { type SQL, sql } from "drizzle-orm";
import { inboundMessages } from "../../../db/schema/operations.ts";
import type { Context } from "../../context.ts";
import type { ReceivedText } from "./handle-text.ts";

/** A text that was here before, as far as it was handled. */
export type Earlier = Pick<typeof inboundMessages.$inferSelect, "id" | "status" | "receivedAt" | "reply" | "error">;

/** `received` means that a person has yet to read it. */
type Kept = Pick<ReceivedText, "source" | "sid"> & {
  id: string;
  raw: string;
  reply: string | null;
  status: "received" | "processed";
  addressKey: string | null;
};

/** The statement that keeps a text sealed, once. */
export async function keep(ctx: Context, kept: Kept): Promise<SQL> {
  const { sealed, bodyKey } = await sealText(ctx, kept.sid, kept.raw);
  return sql`INSERT INTO ${inboundMessages} (id, source, dedupe_key, body_key, sealed, address_key, status, reply, received_at)
    VALUES (${kept.id}, ${kept.source}, ${kept.sid}, ${bodyKey}, ${sealed}, ${kept.addressKey ?? ""}, ${kept.status}, ${JSON.stringify({ text: kept.reply })}, ${ctx.now()})
    ON CONFLICT (source, dedupe_key) DO NOTHING`;
}

/** The statement that notes what has become of a kept text at last. */
export function settle({ id, status }: Earlier, to: Kept["status"], reply: string | null): SQL {
  return sql`UPDATE ${inboundMessages} SET status = ${to}, error = NULL, reply = ${JSON.stringify({ text: reply })}
    WHERE id = ${id} AND status = ${status}`;
}

/** The raw text sealed to its place, and the keyed hash of it. */
export async function sealText(ctx: Context, sid: string, raw: string): Promise<{ sealed: string; bodyKey: string }> {
  const [sealed, bodyKey] = await Promise.all([
    ctx.keys.seal({ table: "inbound_messages", row: sid }, raw),
    ctx.keys.blindIndex("inbound", raw),
  ]);
  return { sealed, bodyKey };
}

/** What was answered to a text that was here before. */
export function replyOf(stored: string | null): string | null {
  return stored ? (JSON.parse(stored) as { text: string | null }).text : null;
}
