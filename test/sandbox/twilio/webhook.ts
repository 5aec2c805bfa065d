import { randomUUID } from "node:crypto";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import type { Account } from "./account.ts";

const DEADLINE_MS = 15_000;
const RETRY_AFTER_MS = 300;

/**
 * Posts one webhook as Twilio does: form-encoded, signed over the URL and the sorted parameters, tried once more when
 * the connection fails. Answers null when nobody took it.
 */
export async function postWebhook(
  account: Account,
  url: string,
  params: Record<string, string>,
  signal: AbortSignal,
): Promise<Response | null> {
  const headers = {
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    "user-agent": "TwilioProxy/1.1",
    "i-twilio-idempotency-token": randomUUID(),
    "x-twilio-signature": getExpectedTwilioSignature(account.authToken, url, params),
  };
  for (let attempt = 1; attempt <= 2; attempt++) {
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
      return await fetch(url, { method: "POST", headers, body: new URLSearchParams(params), signal: deadline });
    } catch {
      if (signal.aborted || attempt === 2) return null;
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    }
  }
  return null;
}
