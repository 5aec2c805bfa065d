import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { newId } from "../../../db/ids.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import { type AlarmCode, raiseAlarmIfChanged } from "../../alarms.ts";
import type { Clock } from "../../clock.ts";
import { type Context, contextFor, stamp } from "../../context.ts";
import { findTenant } from "../../directory.ts";
import type { Env } from "../../env.ts";
import { createLog, errorFields } from "../../log.ts";
import { answerRefresh } from "./answer-refresh.ts";
import { type QueueMessage, queuesOf } from "./queues.ts";
import { readReply } from "./read-reply.ts";

const MOST_ROUNDS = 20;
const SOURCE = "refresh";

/**
 * Takes what lies in the queue of replies, for all tenants at once: one reader, so that no clinic takes another's. A
 * reply settles its own request and no other; one without a request of that clinic goes to the clinic's kept messages
 * with a note, and changes nothing else. One that could not be handled stays in the queue and comes again.
 */
export async function takeReplies(env: Env, now: Clock): Promise<number> {
  const queues = queuesOf(env);
  if (!queues) return 0;
  let taken = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const messages = await queues.replies();
    if (messages.length === 0) break;
    for (const message of messages) {
      try {
        await takeOne(env, now, message);
        await queues.remove(message);
        taken += 1;
      } catch (error) {
        createLog().error("reply not taken", errorFields(error));
      }
    }
  }
  return taken;
}

async function takeOne(env: Env, now: Clock, message: QueueMessage): Promise<void> {
  const read = readReply(message.Body);
  const slug = read.reply ? read.reply.nn : read.tenant;
  const opened = slug ? await findTenant(env, { slug }) : null;
  if (!opened) {
    createLog().error("reply for no tenant", { message: message.MessageId });
    return;
  }
  const ctx = contextFor(env, opened, { type: "webhook", source: SOURCE }, now);
  const outcome = read.reply ? await answerRefresh(ctx, read.reply) : read.code;
  if (outcome === "settled" || outcome === "repeated" || outcome === "superseded") return;
  const code = outcome === "credentials" ? "credentials_in_message" : "message_not_handled";
  await keepUnhandled(ctx, { id: message.MessageId, content: read.kept, reason: outcome, alarm: code });
}

type Unhandled = { id: string; content: string; reason: string; alarm: AlarmCode };

async function keepUnhandled(ctx: Context, { id, content, reason, alarm }: Unhandled): Promise<void> {
  const [sealed, bodyKey] = await Promise.all([
    ctx.keys.seal({ table: "inbound_messages", row: id }, content),
    ctx.keys.blindIndex("inbound", content),
  ]);
  await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${inboundMessages} (id, source, dedupe_key, body_key, sealed, status, error, received_at)
      VALUES (${newId("inbound", ctx.now())}, ${SOURCE}, ${id}, ${bodyKey}, ${sealed}, 'rejected', ${reason}, ${ctx.now()})
      ON CONFLICT (source, dedupe_key) DO NOTHING`),
    ctx.db.run(raiseAlarmIfChanged(ctx, alarm, SOURCE, { reason })),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "refresh.refused", entityId: id, details: { reason } })),
  ]);
}
