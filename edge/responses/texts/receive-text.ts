import { sql } from "drizzle-orm";
import { isStoreUnavailable } from "../../../db/connect.ts";
import { newId } from "../../../db/ids.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import { raiseAlarm } from "../../alarms.ts";
import type { Context } from "../../context.ts";
import { errorFields, errorReason } from "../../log.ts";
import { handleText, type Received, type ReceivedText } from "./handle-text.ts";
import { sealText } from "./keep-text.ts";

/**
 * Keeps a patient's text sealed and does what it asks (see `handleText`). One that cannot be handled is kept all the
 * same, raised for the operator, and handled when it comes again or is replayed; it is answered with silence. Throws
 * when the text cannot be kept.
 */
export async function receiveText(ctx: Context, text: ReceivedText, raw: string): Promise<Received> {
  try {
    return await handleText(ctx, text, raw);
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    ctx.log.error("text not handled", errorFields(error));
    await keepRejected(ctx, text, raw, errorReason(error));
    return { intent: "other", isRepeat: false, reply: null };
  }
}

async function keepRejected(ctx: Context, { source, sid }: ReceivedText, raw: string, reason: string): Promise<void> {
  const id = newId("inbound", ctx.now());
  const { sealed, bodyKey } = await sealText(ctx, sid, raw);
  await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${inboundMessages} (id, source, dedupe_key, body_key, sealed, status, error, received_at)
      VALUES (${id}, ${source}, ${sid}, ${bodyKey}, ${sealed}, 'rejected', ${reason}, ${ctx.now()})
      ON CONFLICT (source, dedupe_key) DO UPDATE SET error = excluded.error`),
    ctx.db.run(raiseAlarm(ctx, "message_not_handled", source, { reason })),
  ]);
}
