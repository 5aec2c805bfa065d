import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { newId } from "../../../db/ids.ts";
import { optOuts } from "../../../db/schema/engagement.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import { REPLY_WORDS } from "../../../templates/reply-words.ts";
import { raiseAlarm } from "../../alarms.ts";
import { type Context, stamp } from "../../context.ts";
import { optInStatements, optOutStatements } from "../../delivery/opt-out.ts";
import { classifyText, isConfirmedByCarrier, type TextIntent } from "./classify-text.ts";

/** A text as Twilio posts it. `optOutType` is there when Advanced Opt-Out has already acted and answered. */
export type ReceivedText = { sid: string; from: string; body: string; optOutType: "STOP" | "START" | "HELP" | null };

export type Received = { intent: TextIntent["kind"]; isRepeat: boolean; reply: string | null };

const SOURCE = "twilio";
const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * Keeps a patient's text sealed and does what it asks, in one batch: STOP ends all texts to the number and what is
 * planned for it, START lets them go on, HELP is answered, anything else waits for staff. Returns what to text back,
 * if anything; an opt-out is confirmed once, by the carrier or by us. The same text again gets the same answer.
 */
export async function receiveText(ctx: Context, text: ReceivedText, raw: string): Promise<Received> {
  const addressKey = E164.test(text.from) ? await ctx.keys.blindIndex("address", text.from) : null;
  const { earlier, isOptedOut } = await readState(ctx, text.sid, addressKey);
  // Short codes and names as senders cannot opt out and cannot be answered: a person reads what they sent.
  const intent: TextIntent = addressKey ? intentOf(text) : { kind: "other", language: "en" };
  if (earlier) return { intent: intent.kind, isRepeat: true, reply: replyOf(earlier.reply) };
  const reply = addressKey ? answer(ctx, text, intent, isOptedOut) : null;
  const id = newId("inbound", ctx.now());
  const isForStaff = intent.kind === "other" || (intent.kind === "stop" && intent.source === "free_text");
  const statements = [
    await keep(ctx, { id, sid: text.sid, raw, reply, status: isForStaff ? "received" : "processed" }),
    auditIfChanged(stamp(ctx), { action: "text.received", entityId: id, details: { intent: intent.kind } }),
    ...(addressKey ? await consequences(ctx, text, intent, addressKey) : []),
    ...(isForStaff ? [raiseAlarm(ctx, "patient_wrote", "inbox", { inbound: id, intent: intent.kind })] : []),
  ];
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
  return { intent: intent.kind, isRepeat: false, reply };
}

async function readState(ctx: Context, sid: string, addressKey: string | null) {
  const [[earlier], live] = await ctx.db.batch([
    ctx.db
      .select({ reply: inboundMessages.reply })
      .from(inboundMessages)
      .where(and(eq(inboundMessages.source, SOURCE), eq(inboundMessages.dedupeKey, sid))),
    ctx.db
      .select({ id: optOuts.id })
      .from(optOuts)
      .where(and(eq(optOuts.addressKey, addressKey ?? ""), eq(optOuts.channel, "sms"), isNull(optOuts.endedAt))),
  ]);
  return { earlier, isOptedOut: live.length > 0 };
}

/** What the carrier acted on counts, even where its words are a clinic's own. */
function intentOf({ body, optOutType }: ReceivedText): TextIntent {
  const read = classifyText(body);
  if (optOutType === "STOP") return { kind: "stop", source: "keyword", language: read.language };
  if (optOutType === "START") return { kind: "start", language: read.language };
  return optOutType === "HELP" ? { kind: "help", language: read.language } : read;
}

function answer(ctx: Context, text: ReceivedText, intent: TextIntent, isOptedOut: boolean): string | null {
  if (text.optOutType !== null) return null;
  const { messages, theme } = ctx.tenant.settings;
  const words = REPLY_WORDS[intent.language];
  if (intent.kind === "help") {
    const fallback = theme.phoneToCall ? words?.helpText(messages.senderName, theme.phoneToCall) : null;
    return messages.helpText ?? fallback ?? null;
  }
  if (intent.kind !== "stop" || isOptedOut || isConfirmedByCarrier(text.body)) return null;
  return words?.stopped(messages.senderName) ?? null;
}

async function consequences(ctx: Context, text: ReceivedText, intent: TextIntent, addressKey: string): Promise<SQL[]> {
  if (intent.kind === "start") return optInStatements(ctx, addressKey, "keyword");
  if (intent.kind !== "stop") return [];
  const id = newId("optOut", ctx.now());
  const evidence = await ctx.keys.seal({ table: "opt_outs", row: id }, text.body);
  return optOutStatements(ctx, { id, addressKey, source: intent.source, evidence });
}

/** `received` means that a person has yet to read it. */
async function keep(
  ctx: Context,
  kept: { id: string; sid: string; raw: string; reply: string | null; status: "received" | "processed" },
): Promise<SQL> {
  const sealed = await ctx.keys.seal({ table: "inbound_messages", row: kept.sid }, kept.raw);
  const bodyKey = await ctx.keys.blindIndex("inbound", kept.raw);
  return sql`INSERT INTO ${inboundMessages} (id, source, dedupe_key, body_key, sealed, status, reply, received_at)
    VALUES (${kept.id}, ${SOURCE}, ${kept.sid}, ${bodyKey}, ${sealed}, ${kept.status}, ${JSON.stringify({ text: kept.reply })}, ${ctx.now()})
    ON CONFLICT (source, dedupe_key) DO NOTHING`;
}

function replyOf(stored: string | null): string | null {
  return stored ? (JSON.parse(stored) as { text: string | null }).text : null;
}
