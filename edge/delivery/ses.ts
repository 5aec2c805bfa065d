import { AwsClient } from "aws4fetch";
import * as z from "zod";
import type { SesAccount } from "../env.ts";
import type { Channel, Outgoing, SendResult } from "./channel.ts";

const SEND_DEADLINE_MS = 35_000;
const RETRY_AFTER_SECONDS = 10;
/** The day's quota is a rolling one: a part of it is free again before long. */
const QUOTA_RETRY_SECONDS = 900;

/** SES has one name for mail it does not like and for senders it does not know. */
const NOT_VERIFIED = /not verified/i;

const Taken = z.object({ MessageId: z.string().min(1) });

type Speaker = { tenant: string; from: string; name: string; replyTo: string | undefined };

/**
 * The tenant's mail through Amazon SES v2. SES takes no id of ours and lists nothing, so touch and attempt travel as
 * tags that come back in every event; a hand-over in doubt is finished by them, or by a person.
 */
export function sesChannel(account: SesAccount & { configurationSet: string }, speaker: Speaker): Channel {
  const { baseUrl, configurationSet, ...aws } = account;
  const client = new AwsClient({ ...aws, service: "ses", retries: 0 });
  return {
    provider: "ses",
    medium: "mail",
    sender: speaker.from,
    settles: "wait",
    send: async (message) => {
      try {
        const signed = await client.sign(`${baseUrl}/v2/email/outbound-emails`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(requestOf(message, speaker, configurationSet)),
        });
        return await classify(
          await fetch(signed, { redirect: "manual", signal: AbortSignal.timeout(SEND_DEADLINE_MS) }),
        );
      } catch (error) {
        // A time-out or a broken connection says nothing about what SES did.
        return { outcome: "unknown", errorCode: error instanceof Error ? error.name : "error" };
      }
    },
    find: async () => null,
  };
}

function requestOf({ to, body, mail, touchId, attemptId }: Outgoing, speaker: Speaker, configurationSet: string) {
  const { subject = "", html = null, unsubscribeUrl } = mail ?? {};
  const headers = [
    { Name: "List-Unsubscribe", Value: `<${unsubscribeUrl}>` },
    { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
  ];
  return {
    FromEmailAddress: `${displayName(speaker.name)} <${speaker.from}>`,
    Destination: { ToAddresses: [to] },
    ...(speaker.replyTo && { ReplyToAddresses: [speaker.replyTo] }),
    ConfigurationSetName: configurationSet,
    EmailTags: [
      { Name: "tenant", Value: speaker.tenant },
      { Name: "touch", Value: touchId },
      { Name: "attempt", Value: attemptId },
    ],
    Content: {
      Simple: {
        Subject: { Data: subject, Charset: "UTF-8" },
        Body: {
          Text: { Data: body, Charset: "UTF-8" },
          ...(html !== null && { Html: { Data: html, Charset: "UTF-8" } }),
        },
        ...(unsubscribeUrl && { Headers: headers }),
      },
    },
  };
}

/** A name for a mail header: quoted, or as RFC 2047 wants what is not ASCII. */
export function displayName(name: string): string {
  const plain = name.replace(/[\r\n]+/g, " ");
  if (/^[\x20-\x7e]*$/.test(plain)) return `"${plain.replace(/["\\]/g, "\\$&")}"`;
  return `=?UTF-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(plain)))}?=`;
}

/**
 * What an answer means. A MessageId is taken; throttling and a spent quota are a definite no for now; other 4xx are
 * final, by the name of the error. 5xx, redirects and a success without an id are unknown.
 */
async function classify(answer: Response): Promise<SendResult> {
  const httpStatus = answer.status;
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) {
    const taken = Taken.safeParse(body);
    if (taken.success) return { outcome: "accepted", providerId: taken.data.MessageId, httpStatus };
    return { outcome: "unknown", httpStatus, errorCode: "no_message_id" };
  }
  const type = (answer.headers.get("x-amzn-errortype") ?? "").split(":", 1)[0] ?? "";
  if (httpStatus === 429 || type === "TooManyRequestsException") {
    return { outcome: "throttled", httpStatus, retryAfterSeconds: RETRY_AFTER_SECONDS };
  }
  if (type === "LimitExceededException") {
    return { outcome: "throttled", httpStatus, retryAfterSeconds: QUOTA_RETRY_SECONDS };
  }
  if (type === "MessageRejected" && NOT_VERIFIED.test(JSON.stringify(body))) {
    return { outcome: "refused", httpStatus, errorCode: "identity_not_verified" };
  }
  // What is wrong with the signature or the account has many names; the status says enough.
  const errorCode = type && httpStatus !== 401 && httpStatus !== 403 ? type : `http_${httpStatus}`;
  if (httpStatus >= 400 && httpStatus < 500) return { outcome: "refused", httpStatus, errorCode };
  return { outcome: "unknown", httpStatus, errorCode };
}
