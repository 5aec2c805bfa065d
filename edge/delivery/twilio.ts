import { Buffer } from "node:buffer";
import * as z from "zod";
import type { Env } from "../env.ts";
import { toMicros } from "../prices.ts";
import type { Channel, Found, Listed, Outgoing, SendResult } from "./channel.ts";

/** Longer than Twilio's own limit of about 26 s (twilio-ruby#519), so that its answer is seen if there is one. */
const SEND_DEADLINE_MS = 35_000;
const READ_DEADLINE_MS = 10_000;
/** Without a Retry-After, Twilio's advice for 429 is to back off for seconds. */
const RETRY_AFTER_SECONDS = 10;
const LIST_PAGE = 100;

const Message = z.object({
  sid: z.string(),
  to: z.string().nullable(),
  body: z.string().nullable(),
  status: z.string(),
  error_code: z.union([z.number(), z.string()]).nullable(),
  date_created: z.string(),
  direction: z.string().nullish(),
  /** Below zero for what is charged, null until it is known; without the carriers' own fees. */
  price: z.string().nullish(),
  price_unit: z.string().nullish(),
  messaging_service_sid: z.string().nullish(),
});
type Message = z.infer<typeof Message>;
const Problem = z.object({ code: z.number() });

/** The tenant's texts through Twilio's REST API, by messaging service. Reports come to the tenant of this slug. */
export function twilioChannel(env: Env, slug: string, messagingServiceSid: string): Channel {
  const account = `${env.TWILIO_BASE_URL}/2010-04-01/Accounts/${env.TWILIO_ACCOUNT_SID}`;
  const authorization = `Basic ${Buffer.from(`${env.TWILIO_ACCOUNT_SID}:${env.TWILIO_AUTH_TOKEN}`).toString("base64")}`;
  const call = (path: string, init: RequestInit, deadlineMs: number) =>
    fetch(`${account}${path}`, {
      ...init,
      headers: { authorization },
      signal: AbortSignal.timeout(deadlineMs),
      redirect: "manual",
    });
  return {
    provider: "twilio",
    medium: "sms",
    sender: messagingServiceSid,
    settles: "list",
    send: async (message) => {
      // Touch and attempt travel in the address, so that a report which overtakes our own commit still lands.
      const statusCallback = `${env.PUBLIC_URL}/t/${slug}/twilio/status/${message.touchId}?a=${message.attemptId}`;
      const init = { method: "POST", body: createForm(message, messagingServiceSid, statusCallback) };
      try {
        return await classify(await call("/Messages.json", init, SEND_DEADLINE_MS));
      } catch (error) {
        // A time-out or a broken connection says nothing about what Twilio did.
        return { outcome: "unknown", errorCode: error instanceof Error ? error.name : "error" };
      }
    },
    list: async (to, sinceAt) => {
      const read = async (query: Record<string, string>) => {
        const search = new URLSearchParams({ ...query, PageSize: String(LIST_PAGE) });
        const answer = await call(`/Messages.json?${search}`, {}, READ_DEADLINE_MS);
        if (!answer.ok) throw new Error(`twilio list answered ${answer.status}`);
        const { messages } = z.object({ messages: z.array(Message) }).parse(await answer.json());
        const ours = messages.filter((message) => isFrom(message, messagingServiceSid));
        return ours.map(asListed).filter((message) => message.createdAt >= sinceAt);
      };
      const found = await read({ To: to });
      if (found.length > 0) return found;
      // Where Twilio redacts numbers, a search by number need not find them: what may be to this one counts too.
      return (await read({})).filter((message) => isMaskOf(message.to, to));
    },
    find: async (providerId) => {
      const answer = await call(`/Messages/${encodeURIComponent(providerId)}.json`, {}, READ_DEADLINE_MS);
      if (answer.status === 404) return null;
      if (!answer.ok) throw new Error(`twilio fetch answered ${answer.status}`);
      return asFound(Message.parse(await answer.json()));
    },
  };
}

function createForm(message: Outgoing, messagingServiceSid: string, statusCallback: string): URLSearchParams {
  return new URLSearchParams({
    MessagingServiceSid: messagingServiceSid,
    To: message.to,
    Body: message.body,
    StatusCallback: statusCallback,
    ValidityPeriod: String(Math.min(36_000, Math.max(60, Math.floor(message.validitySeconds)))),
  });
}

/**
 * What an answer to a create means. 429 is a definite no (nothing was made). Other 4xx are final. 5xx, redirects and a
 * success without an id are unknown: Twilio says itself that a create is not idempotent (error 20500).
 */
async function classify(answer: Response): Promise<SendResult> {
  const httpStatus = answer.status;
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) {
    const made = Message.pick({ sid: true }).safeParse(body);
    if (made.success) return { outcome: "accepted", providerId: made.data.sid, httpStatus };
    return { outcome: "unknown", httpStatus, errorCode: "no_sid" };
  }
  const code = Problem.safeParse(body);
  const errorCode = code.success ? String(code.data.code) : `http_${httpStatus}`;
  if (httpStatus === 429) {
    const wait = Number(answer.headers.get("retry-after"));
    return {
      outcome: "throttled",
      httpStatus,
      retryAfterSeconds: wait > 0 ? Math.min(wait, 3600) : RETRY_AFTER_SECONDS,
    };
  }
  if (httpStatus >= 400 && httpStatus < 500) return { outcome: "refused", httpStatus, errorCode };
  return { outcome: "unknown", httpStatus, errorCode };
}

/** Not another clinic's on the same account, and not what Twilio itself answers to a STOP or HELP. */
function isFrom({ direction, messaging_service_sid: service }: Message, messagingServiceSid: string): boolean {
  return (direction ?? "outbound-api") === "outbound-api" && (service ?? messagingServiceSid) === messagingServiceSid;
}

/** `+1202555XXXX` is how Twilio shows a redacted number. */
function isMaskOf(shown: string, number: string): boolean {
  const visible = shown.replace(/X+$/, "");
  return visible !== shown && number.startsWith(visible);
}

function asListed({ sid, to, body, date_created }: Message): Listed {
  return { providerId: sid, to: to ?? "", body: body ?? "", createdAt: Date.parse(date_created) };
}

function asFound({ sid, status, error_code, price, price_unit }: Message): Found {
  const amount = price ? -Number(price) : Number.NaN;
  const charge =
    Number.isFinite(amount) && price_unit ? { micros: toMicros(amount), currency: price_unit.toUpperCase() } : null;
  return { providerId: sid, status, errorCode: error_code === null ? null : String(error_code), charge };
}
