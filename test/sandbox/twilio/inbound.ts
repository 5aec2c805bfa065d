import { load } from "cheerio";
import type { Later } from "../later.ts";
import { type Account, addMessage, blockKey, type Message, type Sender, senderFor } from "./account.ts";
import { deliver } from "./deliver.ts";
import { segmentsOf } from "./segments.ts";
import { postWebhook } from "./webhook.ts";
import { API_VERSION } from "./wire.ts";

const STOP_WORDS = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
const START_WORDS = ["START", "YES", "UNSTOP"];
const HELP_WORDS = ["HELP", "INFO"];

export type InboundText = { from: string; to: string; body: string };
/** `httpStatus` is what the product's webhook answered; null when none is set or nobody took it. */
export type InboundResult = { sid: string; httpStatus: number | null };

/**
 * A patient texts a sender. As at Twilio: a single opt-out word blocks the sender for that phone, the carrier's own
 * reply follows, and the product's webhook hears of it, signed; TwiML it answers with is sent back.
 */
export async function receiveText(account: Account, later: Later, text: InboundText, signal: AbortSignal) {
  const sender = senderFor(account, { number: text.to });
  const serviceSid = sender.serviceSid ?? null;
  const message = addMessage(account, { ...text, direction: "inbound", serviceSid, status: "received" });
  account.note({ event: "inbound", sid: message.sid, ...text });
  const automatic = keywordReply(account, text, sender);
  const result = await postInbound(account, message, sender, signal);
  for (const reply of [automatic, ...result.replies]) {
    if (reply) sendReply(account, later, message, reply);
  }
  return { sid: message.sid, httpStatus: result.httpStatus } satisfies InboundResult;
}

function keywordReply(account: Account, text: InboundText, sender: Sender): string | null {
  const word = text.body.trim().toUpperCase();
  const key = blockKey(text.from, sender);
  if (STOP_WORDS.includes(word)) {
    account.blocks.add(key);
    account.note({ event: "blocked", from: text.from, to: text.to });
    return "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.";
  }
  if (START_WORDS.includes(word) && account.blocks.delete(key)) {
    account.note({ event: "unblocked", from: text.from, to: text.to });
    return "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.";
  }
  return HELP_WORDS.includes(word) ? "Reply STOP to unsubscribe. Msg&Data Rates May Apply." : null;
}

async function postInbound(account: Account, message: Message, sender: Sender, signal: AbortSignal) {
  const url = sender.inboundUrl;
  if (!url) return { httpStatus: null, replies: [] };
  let response: Response | null = null;
  for (let copy = 0; copy < account.tuning.callbackCopies; copy++) {
    response = await postWebhook(account, url, inboundParams(account, message), signal);
    account.note({ event: "inbound-callback", sid: message.sid, url, httpStatus: response?.status ?? 0 });
  }
  return { httpStatus: response?.status ?? null, replies: response?.ok ? twimlMessages(await response.text()) : [] };
}

function inboundParams(account: Account, message: Message): Record<string, string> {
  return {
    AccountSid: account.accountSid,
    ApiVersion: API_VERSION,
    Body: message.body,
    From: message.from,
    FromCountry: "US",
    MessageSid: message.sid,
    ...(message.serviceSid ? { MessagingServiceSid: message.serviceSid } : {}),
    NumMedia: "0",
    NumSegments: String(segmentsOf(message.body).count),
    SmsMessageSid: message.sid,
    SmsSid: message.sid,
    SmsStatus: "received",
    To: message.to,
    ToCountry: "US",
  };
}

function twimlMessages(xml: string): string[] {
  const $ = load(xml, { xml: true });
  return $("Response > Message")
    .toArray()
    .map((element) => $(element).text().trim());
}

function sendReply(account: Account, later: Later, inbound: Message, body: string): void {
  const reply = addMessage(account, {
    direction: "outbound-reply",
    to: inbound.from,
    from: inbound.to,
    serviceSid: inbound.serviceSid,
    body,
    status: "queued",
  });
  later.run(account.tuning.statusStepMs, () =>
    deliver(account, later, reply, { ends: "delivered", errorCode: undefined }),
  );
}
