import { and, desc, eq, gte } from "drizzle-orm";
import { isStoreUnavailable } from "../../../db/connect.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import type { Context } from "../../context.ts";
import type { InboxEntry, InboxQuery, InboxReplayed } from "../../contract/operator.ts";
import { handleReports } from "../../delivery/infobip-reports.ts";
import { handleEvent } from "../../delivery/ses-events.ts";
import { HearbackError } from "../../errors.ts";
import { errorFields, errorReason } from "../../log.ts";
import { replayText } from "../../responses/texts/inbound-texts.ts";
import { replayInfobipText } from "../../responses/texts/infobip-texts.ts";

const DAY_MS = 86_400_000;

/**
 * Who makes something of a kept message, by its source: takes it raw once more, settles its row, writes its own audit,
 * and stands repeats. A source that keeps and handles a message in one batch needs none: nothing is left to handle.
 */
const HANDLERS: Record<string, (ctx: Context, kept: { key: string; raw: string }) => Promise<void>> = {
  twilio: replayText,
  infobip: handleReports,
  infobip_text: replayInfobipText,
  ses: handleEvent,
};

/** Kept messages of the last days without their content, newest first. */
export async function listInbox(ctx: Context, { status, source, days, limit }: InboxQuery): Promise<InboxEntry[]> {
  const { id, receivedAt, error } = inboundMessages;
  return ctx.db
    .select({ id, source: inboundMessages.source, status: inboundMessages.status, receivedAt, error })
    .from(inboundMessages)
    .where(
      and(
        gte(receivedAt, ctx.now() - days * DAY_MS),
        ...(status ? [eq(inboundMessages.status, status)] : []),
        ...(source ? [eq(inboundMessages.source, source)] : []),
      ),
    )
    .orderBy(desc(receivedAt))
    .limit(limit);
}

/**
 * Handles a kept message again, by the rules of today; one that was processed is left alone. When that fails, the
 * message stays as it was, with the reason. Throws NOT_FOUND, or CONFLICT for a source whose messages nobody handles again.
 */
export async function replayInbound(ctx: Context, id: string): Promise<InboxReplayed> {
  const { source, dedupeKey, sealed, status: before } = await getMessage(ctx, id);
  if (before !== "processed") {
    const handle = HANDLERS[source];
    if (!handle) throw new HearbackError("CONFLICT", `Messages of ${source} cannot be handled again.`);
    if (sealed === "") throw new HearbackError("CONFLICT", "The content of this message is not kept any more.");
    const raw = await ctx.keys.open({ table: "inbound_messages", row: dedupeKey }, sealed);
    await handle(ctx, { key: dedupeKey, raw }).catch((error: unknown) => noteFailure(ctx, id, error));
  }
  const { status, error } = await getMessage(ctx, id);
  return { id, source, before, status, error };
}

async function getMessage(ctx: Context, id: string): Promise<typeof inboundMessages.$inferSelect> {
  const [message] = await ctx.db.select().from(inboundMessages).where(eq(inboundMessages.id, id));
  if (!message) throw new HearbackError("NOT_FOUND", "There is no such message.");
  return message;
}

async function noteFailure(ctx: Context, id: string, error: unknown): Promise<void> {
  if (isStoreUnavailable(error)) throw error;
  ctx.log.error("message not handled", { inbound: id, ...errorFields(error) });
  await ctx.db
    .update(inboundMessages)
    .set({ error: errorReason(error) })
    .where(eq(inboundMessages.id, id));
}
