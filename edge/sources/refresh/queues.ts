import { AwsClient } from "aws4fetch";
import * as z from "zod";
import type { Context } from "../../context.ts";
import type { Env } from "../../env.ts";
import { HearbackError } from "../../errors.ts";

const DEADLINE_MS = 10_000;
/** How long a reply that is being handled is kept from other readers; one that was not handled comes again then. */
const HIDDEN_SECONDS = 60;

const Received = z.object({
  Messages: z
    .array(z.object({ MessageId: z.string(), ReceiptHandle: z.string(), Body: z.string() }))
    .nullish()
    .transform((messages) => messages ?? []),
});
export type QueueMessage = z.infer<typeof Received>["Messages"][number];

/** The two queues, as Amazon SQS speaks (JSON protocol, Signature Version 4). */
export type Queues = {
  repliesUrl: string;
  /** `once` is the deduplication id: said again within five minutes it is one message. Throws UNAVAILABLE. */
  request(body: string, options: { group: string; once: string }): Promise<void>;
  /** At most ten replies, of any group that is not being handled elsewhere. Throws UNAVAILABLE. */
  replies(): Promise<QueueMessage[]>;
  remove(message: QueueMessage): Promise<void>;
};

/** The queues of the settings; null where they are not set up. */
export function queuesOf(env: Env): Queues | null {
  const { REFRESH_REQUESTS_URL: requestsUrl, REFRESH_REPLIES_URL: repliesUrl, SQS_REGION: region } = env;
  const { SQS_ACCESS_KEY_ID: accessKeyId, SQS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!requestsUrl || !repliesUrl || !region || !accessKeyId || !secretAccessKey) return null;
  const aws = new AwsClient({ accessKeyId, secretAccessKey, region, service: "sqs", retries: 0 });
  const call = async (action: string, queueUrl: string, content: object): Promise<unknown> => {
    const signed = await aws.sign(new URL("/", queueUrl).href, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
      body: JSON.stringify({ QueueUrl: queueUrl, ...content }),
    });
    const answer = await fetch(signed, { redirect: "manual", signal: AbortSignal.timeout(DEADLINE_MS) });
    const text = await answer.text();
    if (!answer.ok) throw new HearbackError("UNAVAILABLE", `SQS answered ${answer.status} to ${action}.`);
    return text ? JSON.parse(text) : {};
  };
  return {
    repliesUrl,
    async request(body, { group, once }) {
      const message = { MessageBody: body, MessageGroupId: group, MessageDeduplicationId: once };
      await call("SendMessage", requestsUrl, message);
    },
    async replies() {
      const content = { MaxNumberOfMessages: 10, WaitTimeSeconds: 0, VisibilityTimeout: HIDDEN_SECONDS };
      return Received.parse(await call("ReceiveMessage", repliesUrl, content)).Messages;
    },
    async remove({ ReceiptHandle }) {
      await call("DeleteMessage", repliesUrl, { ReceiptHandle });
    },
  };
}

/** How this tenant is refreshed over the queues; null where it is not. */
export function refreshOf(ctx: Context) {
  const queues = queuesOf(ctx.env);
  const { refresh } = ctx.tenant.settings;
  return queues && refresh ? { queues, ...refresh } : null;
}
