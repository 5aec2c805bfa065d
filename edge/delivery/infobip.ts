import * as z from "zod";
import { toMicros } from "../prices.ts";
import type { Channel, Charge, Found, Outgoing, SendResult } from "./channel.ts";
import { DUPLICATE } from "./infobip-words.ts";

/** Begins the message ids of answers to what patients text. */
export const REPLY_PREFIX = "reply_";
const SEND_DEADLINE_MS = 35_000;
const READ_DEADLINE_MS = 10_000;
const RETRY_AFTER_SECONDS = 10;
/** "Please retry submission", says Infobip of its own errors: a definite no of a provider that is not well. */
const SYSTEM_ERROR = "REJECTED_SYSTEM_ERROR";
const SYSTEM_ERROR_RETRY_SECONDS = 60;

/** Of one part; a long text is `messageCount` of them. One that cannot be read is none, and drops nothing else. */
const Price = z.object({ pricePerMessage: z.number(), currency: z.string().length(3) });
export const charged = { price: Price.nullish().catch(null), messageCount: z.int().min(1).nullish().catch(null) };
const Status = z.object({ groupId: z.number(), name: z.string() });
const Taken = z.object({ messages: z.array(z.object({ messageId: z.string(), status: Status })).length(1) });
const Logs = z.object({
  results: z.array(
    z.object({ messageId: z.string(), status: Status, error: z.object({ name: z.string() }).nullish(), ...charged }),
  ),
});

export type InfobipSettings = { baseUrl: string; apiKey: string };

/**
 * The tenant's texts through Infobip's SMS API v3. Our own message id goes along, so that a repeat is refused as one and
 * the first is known to be there. What becomes of a text is reported to the tenant's subscription, not to an address
 * in the message: only a subscription can be made to prove itself.
 */
export function infobipChannel({ baseUrl, apiKey }: InfobipSettings, sender: string): Channel {
  const call = (path: string, init: RequestInit, deadlineMs: number) =>
    fetch(`${baseUrl}${path}`, {
      ...init,
      headers: { authorization: `App ${apiKey}`, "content-type": "application/json", accept: "application/json" },
      signal: AbortSignal.timeout(deadlineMs),
      redirect: "manual",
    });
  const find = async (messageId: string): Promise<Found | null> => {
    // Logs can be read again and again, for 48 hours; its reports are given out once only.
    const answer = await call(`/sms/3/logs?${new URLSearchParams({ messageId })}`, {}, READ_DEADLINE_MS);
    if (!answer.ok) throw new Error(`infobip logs answered ${answer.status}`);
    const { results } = Logs.parse(await answer.json());
    const result = results.find((each) => each.messageId === messageId && each.status.name !== DUPLICATE);
    return result
      ? { providerId: messageId, status: result.status.name, errorCode: errorOf(result), charge: chargeOf(result) }
      : null;
  };
  return {
    provider: "infobip",
    medium: "sms",
    sender,
    settles: "repeat",
    send: async (message) => {
      const init = { method: "POST", body: JSON.stringify(requestOf(message, sender)) };
      try {
        return await classify(await call("/sms/3/messages", init, SEND_DEADLINE_MS), message.messageId);
      } catch (error) {
        // A time-out or a broken connection says nothing about what Infobip did.
        return { outcome: "unknown", errorCode: error instanceof Error ? error.name : "error" };
      }
    },
    find,
  };
}

/** The name of what went wrong; null while nothing did. */
export function errorOf(result: {
  status: { groupId: number; name: string };
  error?: { name: string } | null | undefined;
}) {
  const name = result.error?.name;
  if (name && name !== "NO_ERROR") return name;
  const { groupId, name: status } = result.status;
  return (groupId === 2 || groupId >= 4) && status !== DUPLICATE ? status : null;
}

/** What all parts of a message were charged with; null where it does not say. */
export function chargeOf({ price, messageCount }: z.infer<z.ZodObject<typeof charged>>): Charge | null {
  if (!price) return null;
  return { micros: toMicros(price.pricePerMessage) * (messageCount ?? 1), currency: price.currency };
}

function requestOf({ to, body, messageId, validitySeconds }: Outgoing, sender: string) {
  const amount = Math.min(48 * 3600, Math.max(60, Math.floor(validitySeconds)));
  return {
    messages: [
      {
        sender,
        destinations: [{ to: to.replace(/^\+/, ""), messageId }],
        content: { text: body },
        options: { validityPeriod: { amount, timeUnit: "SECONDS" } },
      },
    ],
  };
}

/**
 * What an answer means. A 200 says of each message whether it was taken; one refused as a duplicate was taken before.
 * 429 is a definite no. Other 4xx are final. 5xx, redirects and a success that does not name the message are unknown.
 */
async function classify(answer: Response, messageId: string): Promise<SendResult> {
  const httpStatus = answer.status;
  if (answer.ok) {
    const taken = Taken.safeParse(await answer.json().catch(() => null));
    const message = taken.data?.messages[0];
    if (!message) return { outcome: "unknown", httpStatus, errorCode: "no_message" };
    const { groupId, name } = message.status;
    if (name === DUPLICATE) return { outcome: "accepted", providerId: messageId, httpStatus };
    if (name === SYSTEM_ERROR) {
      return { outcome: "throttled", httpStatus, retryAfterSeconds: SYSTEM_ERROR_RETRY_SECONDS };
    }
    if (groupId === 2 || groupId === 4 || groupId === 5) return { outcome: "refused", httpStatus, errorCode: name };
    return { outcome: "accepted", providerId: message.messageId, httpStatus };
  }
  await answer.body?.cancel();
  if (httpStatus === 429) {
    const wait = Number(answer.headers.get("retry-after"));
    return {
      outcome: "throttled",
      httpStatus,
      retryAfterSeconds: wait > 0 ? Math.min(wait, 3600) : RETRY_AFTER_SECONDS,
    };
  }
  const errorCode = `http_${httpStatus}`;
  if (httpStatus >= 400 && httpStatus < 500) return { outcome: "refused", httpStatus, errorCode };
  return { outcome: "unknown", httpStatus, errorCode };
}
