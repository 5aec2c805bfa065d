import { and, eq, gte, isNull, or, type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { newId } from "../../../db/ids.ts";
import { optOuts } from "../../../db/schema/engagement.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import { REPLY_WORDS } from "../../../templates/reply-words.ts";
import { raiseAlarm } from "../../alarms.ts";
import { type Context, stamp } from "../../context.ts";
import { optInStatements, optOutStatements, type Purpose } from "../../delivery/opt-out.ts";
import type { TextSource } from "../../text-sources.ts";
import { classifyText, isConfirmedByCarrier, type TextIntent } from "./classify-text.ts";
import { lastCategory, stopScope } from "./stop-scope.ts";

/** A text as a carrier brought it. `optOutType` is there when Twilio's Advanced Opt-Out has already acted and answered. */
export type ReceivedText = {
  source: TextSource;
  sid: string;
  from: string;
  body: string;
  optOutType: "STOP" | "START" | "HELP" | null;
};

export type Received = { intent: TextIntent["kind"]; isRepeat: boolean; reply: string | null };

const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * Keeps a patient's text sealed and does what it asks, in one batch: STOP ends texts to the number (see `stopScope`) and
 * what is planned for it, START lets them go on, HELP is answered, anything else waits for staff. Returns what to text back,
 * if anything; an opt-out is confirmed once, by the carrier or by us. The same text again gets the same answer, unless
 * it could not be handled before. With `isReplay`, nothing can be answered, and a text that waits for staff is read
 * once more as well.
 */
export async function handleText(
  ctx: Context,
  text: ReceivedText,
  raw: string,
  { isReplay = false } = {},
): Promise<Received> {
  const addressKey = E164.test(text.from) ? await ctx.keys.blindIndex("address", text.from) : null;
  const { earlier, stopped, answers } = await readState(ctx, text, addressKey);
  // Short codes and names as senders cannot opt out and cannot be answered: a person reads what they sent.
  const intent: TextIntent = addressKey ? intentOf(text) : { kind: "other", language: "en" };
  const isOpen = !earlier || earlier.status === "rejected" || (isReplay && earlier.status === "received");
  if (!isOpen) return { intent: intent.kind, isRepeat: true, reply: replyOf(earlier.reply) };
  const scope = stopScope(ctx.tenant.settings, { answers, body: text.body, now: ctx.now() });
  const isNews = !stopped.includes("all") && !stopped.includes(scope);
  const reply = addressKey && !isReplay ? answer(ctx, text, intent, isNews ? scope : null) : null;
  const isLate = earlier !== undefined;
  const counts = addressKey !== null && !(earlier && (await isPassed(ctx, intent, addressKey, earlier.receivedAt)));
  const wishes = counts ? await consequences(ctx, text, intent, addressKey, scope) : [];
  const isForStaff =
    intent.kind === "other" ||
    (intent.kind === "stop" && intent.source === "free_text") ||
    (isLate && intent.kind === "start");
  if (earlier?.status === "received" && isForStaff && wishes.length === 0 && earlier.error === null) {
    return { intent: intent.kind, isRepeat: true, reply: null };
  }
  const id = earlier?.id ?? newId("inbound", ctx.now());
  const status = isForStaff ? "received" : "processed";
  const action = isLate ? "text.replayed" : "text.received";
  const statements = [
    earlier ? settle(earlier, status, reply) : await keep(ctx, { ...text, id, raw, reply, status, addressKey }),
    auditIfChanged(stamp(ctx), { action, entityId: id, details: { intent: intent.kind } }),
    ...wishes,
    ...(isForStaff ? [raiseAlarm(ctx, "patient_wrote", "inbox", { inbound: id, intent: intent.kind })] : []),
  ];
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
  return { intent: intent.kind, isRepeat: false, reply };
}

type Earlier = Pick<typeof inboundMessages.$inferSelect, "id" | "status" | "receivedAt" | "reply" | "error">;

async function readState(ctx: Context, { source, sid }: ReceivedText, addressKey: string | null) {
  const { id, status, receivedAt, reply, error } = inboundMessages;
  const [[earlier], live, [last]] = await ctx.db.batch([
    ctx.db
      .select({ id, status, receivedAt, reply, error })
      .from(inboundMessages)
      .where(and(eq(inboundMessages.source, source), eq(inboundMessages.dedupeKey, sid))),
    ctx.db
      .select({ purpose: optOuts.purpose })
      .from(optOuts)
      .where(and(eq(optOuts.addressKey, addressKey ?? ""), eq(optOuts.channel, "sms"), isNull(optOuts.endedAt))),
    lastCategory(ctx, addressKey ?? ""),
  ]);
  return {
    earlier: earlier satisfies Earlier | undefined,
    stopped: live.map(({ purpose }) => purpose),
    answers: last?.category ?? null,
  };
}

/**
 * Whether an old text's wish has been overtaken: by what the number has chosen since, or because it is a START, which
 * is no consent any more once it is late. What nothing has overtaken still stops.
 */
async function isPassed(ctx: Context, intent: TextIntent, addressKey: string, receivedAt: number): Promise<boolean> {
  if (intent.kind !== "stop") return true;
  const since = await ctx.db
    .select({ id: optOuts.id })
    .from(optOuts)
    .where(
      and(
        eq(optOuts.addressKey, addressKey),
        eq(optOuts.channel, "sms"),
        or(isNull(optOuts.endedAt), gte(optOuts.endedAt, receivedAt)),
      ),
    )
    .limit(1);
  return since.length > 0;
}

/** What the carrier acted on counts, even where its words are a clinic's own. */
function intentOf({ body, optOutType }: ReceivedText): TextIntent {
  const read = classifyText(body);
  if (optOutType === "STOP") return { kind: "stop", source: "keyword", language: read.language };
  if (optOutType === "START") return { kind: "start", language: read.language };
  return optOutType === "HELP" ? { kind: "help", language: read.language } : read;
}

/** `ends` is what a STOP ends now; null where that had ended before. */
function answer(ctx: Context, text: ReceivedText, intent: TextIntent, ends: Purpose | null): string | null {
  if (text.optOutType !== null) return null;
  const { messages, theme } = ctx.tenant.settings;
  const words = REPLY_WORDS[intent.language];
  if (intent.kind === "help") {
    const fallback = theme.phoneToCall ? words?.helpText(messages.senderName, theme.phoneToCall) : null;
    return messages.helpText ?? fallback ?? null;
  }
  if (intent.kind !== "stop" || ends === null) return null;
  const carrierAnswers = text.source === "twilio" && messages.carrierAnswersStop;
  if (carrierAnswers && isConfirmedByCarrier(text.body)) return null;
  const say = ends === "marketing" ? words?.stoppedMarketing : words?.stopped;
  return say?.(messages.senderName) ?? null;
}

async function consequences(
  ctx: Context,
  text: ReceivedText,
  intent: TextIntent,
  addressKey: string,
  purpose: Purpose,
): Promise<SQL[]> {
  if (intent.kind === "start") return optInStatements(ctx, addressKey, "keyword", await restorable(ctx, text.body));
  if (intent.kind !== "stop") return [];
  const id = newId("optOut", ctx.now());
  const evidence = await ctx.keys.seal({ table: "opt_outs", row: id }, text.body);
  return optOutStatements(ctx, { id, addressKey, source: intent.source, evidence, purpose });
}

/** START brings back just what a STOP had ended: for each purpose a consent-to-be, with the patient's words as evidence. */
function restorable(ctx: Context, body: string) {
  return Promise.all(
    (["care", "marketing"] as const).map(async (purpose) => {
      const id = newId("consent", ctx.now());
      return { id, purpose, evidence: await ctx.keys.seal({ table: "consents", row: id }, body) };
    }),
  );
}

/** `received` means that a person has yet to read it. */
type Kept = Pick<ReceivedText, "source" | "sid"> & {
  id: string;
  raw: string;
  reply: string | null;
  status: "received" | "processed";
  addressKey: string | null;
};

async function keep(ctx: Context, kept: Kept): Promise<SQL> {
  const { sealed, bodyKey } = await sealText(ctx, kept.sid, kept.raw);
  return sql`INSERT INTO ${inboundMessages} (id, source, dedupe_key, body_key, sealed, address_key, status, reply, received_at)
    VALUES (${kept.id}, ${kept.source}, ${kept.sid}, ${bodyKey}, ${sealed}, ${kept.addressKey ?? ""}, ${kept.status}, ${JSON.stringify({ text: kept.reply })}, ${ctx.now()})
    ON CONFLICT (source, dedupe_key) DO NOTHING`;
}

function settle({ id, status }: Earlier, to: Kept["status"], reply: string | null): SQL {
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

function replyOf(stored: string | null): string | null {
  return stored ? (JSON.parse(stored) as { text: string | null }).text : null;
}
