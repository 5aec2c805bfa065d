import { and, eq, gte, isNull, or, type SQL } from "drizzle-orm";
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
import { confirmedText, settleYes, type ToldVisit } from "./confirm-by-text.ts";
import { type Earlier, keep, replyOf, settle } from "./keep-text.ts";
import { lastMessage, stopScope } from "./stop-scope.ts";

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
 * what is planned for it, START lets them go on, HELP is answered, a yes confirms the one visit that it can mean, anything
 * else waits for staff. Returns what to text back, if anything; an opt-out is confirmed once, by the carrier or by us. The same text again gets the same answer, unless
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
  const { earlier, stopped, answers, lastAbout } = await readState(ctx, text, addressKey);
  // Short codes and names as senders cannot opt out and cannot be answered: a person reads what they sent.
  const read: TextIntent = addressKey ? intentOf(text) : { kind: "other", language: "en" };
  const isOpen = !earlier || earlier.status === "rejected" || (isReplay && earlier.status === "received");
  if (!isOpen) return { intent: read.kind, isRepeat: true, reply: replyOf(earlier.reply) };
  const asked = { addressKey: addressKey ?? "", stopped, lastAbout, isLate: earlier !== undefined };
  const { intent, visit } = read.kind === "confirm" ? await settleYes(ctx, read, asked) : { intent: read, visit: null };
  const scope = stopScope(ctx.tenant.settings, { answers, body: text.body, now: ctx.now() });
  const isNews = !stopped.includes("all") && !stopped.includes(scope);
  const reply = addressKey && !isReplay ? answer(ctx, text, intent, { ends: isNews ? scope : null, visit }) : null;
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
    lastMessage(ctx, addressKey ?? ""),
  ]);
  return {
    earlier: earlier satisfies Earlier | undefined,
    stopped: live.map(({ purpose }) => purpose),
    answers: last?.category ?? null,
    lastAbout: last?.appointmentId ?? null,
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

/** What the carrier acted on counts, even where its words are a clinic's own; a YES to a reminder is one to a carrier as well. */
function intentOf({ body, optOutType }: ReceivedText): TextIntent {
  const read = classifyText(body);
  if (optOutType === "STOP") return { kind: "stop", source: "keyword", language: read.language };
  if (optOutType === "START") {
    return read.kind === "confirm" ? { ...read, isStart: true } : { kind: "start", language: read.language };
  }
  return optOutType === "HELP" ? { kind: "help", language: read.language } : read;
}

type Outcome = {
  /** What a STOP ends now; null where that had ended before. */
  ends: Purpose | null;
  /** The visit that is confirmed by it. */
  visit: ToldVisit | null;
};

function answer(ctx: Context, text: ReceivedText, intent: TextIntent, { ends, visit }: Outcome): string | null {
  if (text.optOutType !== null) return null;
  if (visit) return confirmedText(ctx, visit, intent.language);
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
