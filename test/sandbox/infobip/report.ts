import type { Later } from "../later.ts";
import { segmentsOf } from "../twilio/segments.ts";
import { type Account, type Message, note, type StatusName, type Subscription, statusDocument } from "./account.ts";

const MOST_IN_A_POST = 100;
const TRIES = 3;
const RETRY_AFTER_MS = 300;

/** Ends a message after the tuned lag, lets it arrive on the phone, and reports it with all others that wait. */
export function reportLater(account: Account, later: Later, message: Message, ends: StatusName, error: string): void {
  later.run(account.tuning.reportLagMs, () => {
    Object.assign(message, { status: ends, error, doneAt: account.now() });
    if (ends === "DELIVERED_TO_HANDSET") {
      account.onText({ from: message.sender, to: `+${message.to}`, body: message.text });
    }
    if (account.tuning.reports === "none") return;
    const waiting = account.waiting.get(message.sender) ?? [];
    account.waiting.set(message.sender, [...waiting, message]);
    later.run(0, (signal) => flush(account, message.sender, signal));
  });
}

async function flush(account: Account, sender: string, signal: AbortSignal): Promise<void> {
  const subscription = account.subscriptions.get(sender) ?? account.subscriptions.get("*");
  const waiting = account.waiting.get(sender) ?? [];
  const batch = waiting.splice(0, MOST_IN_A_POST);
  if (!subscription || batch.length === 0) return;
  for (let copy = 0; copy < account.tuning.reportCopies; copy += 1) {
    await post(account, subscription, { results: batch.map((message) => reportDocument(account, message)) }, signal);
  }
}

/** Posts as Infobip does: JSON with Basic authentication, again when it is not taken. */
async function post(
  account: Account,
  { url, username, password }: Subscription,
  body: { results: unknown[] },
  signal: AbortSignal,
): Promise<void> {
  const headers = {
    "content-type": "application/json",
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
  };
  for (let attempt = 1; attempt <= TRIES && !signal.aborted; attempt += 1) {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal }).catch(() => null);
    note(account, { event: "report", results: body.results.length, httpStatus: answer?.status ?? 0 });
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
  }
}

/** Forwards a patient's text to whoever has subscribed to the number, as MO_JSON_2. Answers the HTTP status. */
export async function forwardText(
  account: Account,
  { from, to, body }: { from: string; to: string; body: string },
  messageId: string,
): Promise<number> {
  const subscription = account.subscriptions.get(to) ?? account.subscriptions.get("*");
  if (!subscription?.inboundUrl) return 0;
  const result = {
    ...{ messageId, from: from.replace(/^\+/, ""), to, text: body, cleanText: body, keyword: "" },
    ...{ receivedAt: infobipDate(account.now()), smsCount: 1, price: { pricePerMessage: 0, currency: "USD" } },
  };
  const authorization = `Basic ${Buffer.from(`${subscription.username}:${subscription.password}`).toString("base64")}`;
  const answer = await fetch(subscription.inboundUrl, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify({ results: [result], messageCount: 1, pendingMessageCount: 0 }),
  });
  return answer.status;
}

/** One result of a report. */
export function reportDocument({ tuning }: Account, message: Message) {
  const { bulkId, messageId, to, sender } = message;
  return {
    ...{ bulkId, messageId, to, sender },
    sentAt: infobipDate(message.sentAt),
    doneAt: infobipDate(message.doneAt),
    messageCount: segmentsOf(message.text).count,
    mccMnc: "310260",
    callbackData: null,
    price: tuning.price,
    status: statusDocument(message.status),
    error: errorDocument(message.error),
  };
}

export function errorDocument(name: string) {
  const isNone = name === "NO_ERROR";
  const [groupId, groupName] = isNone ? [0, "OK"] : [1, "HANDSET_ERRORS"];
  return { groupId, groupName, id: isNone ? 0 : 1, name, description: name, permanent: !isNone };
}

/** `2026-11-21T10:00:00.000+0000`: an offset without a colon, which not every parser takes. */
export function infobipDate(at: number): string {
  return new Date(at).toISOString().replace("Z", "+0000");
}
