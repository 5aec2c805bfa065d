import { AwsClient } from "aws4fetch";
import * as z from "zod";
import type { RefreshReply } from "../../edge/contract/refresh.ts";
import type { RefreshSettings } from "./clinics.ts";

/** On top of the time for which the queue itself waits. */
const DEADLINE_MS = 10_000;

const Received = z.object({
  Messages: z
    .array(z.object({ MessageId: z.string(), ReceiptHandle: z.string(), Body: z.string() }))
    .nullish()
    .transform((messages) => messages ?? []),
});
export type Message = z.infer<typeof Received>["Messages"][number];

/** The two queues from the clinic's side, as Amazon SQS speaks (JSON protocol, Signature Version 4). */
export type Queues = {
  /** One request of a group that nobody works on, hidden from others for so long; waits up to `waitSeconds` for it. */
  take(options: { hiddenSeconds: number; waitSeconds: number; signal?: AbortSignal }): Promise<Message | null>;
  /** Hides a request that is being worked on for so long from now; 0 gives it back. */
  hide(message: Message, seconds: number): Promise<void>;
  /** Said again within five minutes for the same attempt, it is one message. */
  reply(reply: RefreshReply): Promise<void>;
  remove(message: Message): Promise<void>;
};

/** A queue that does not answer, or refuses. */
export class QueueFailure extends Error {
  override name = "QueueFailure";
  readonly code = "queue_unavailable";
}

/** The queues of the settings. Each call throws a `QueueFailure`, or the signal's reason. */
export function connectQueues(settings: RefreshSettings): Queues {
  const { requestsUrl, repliesUrl, region, accessKeyId, secretAccessKey } = settings;
  const aws = new AwsClient({ accessKeyId, secretAccessKey, region, service: "sqs", retries: 0 });
  const call = async (action: string, queueUrl: string, content: object, signal?: AbortSignal): Promise<unknown> => {
    const waitMs = "WaitTimeSeconds" in content ? Number(content.WaitTimeSeconds) * 1000 : 0;
    const deadline = AbortSignal.timeout(waitMs + DEADLINE_MS);
    const signed = await aws.sign(new URL("/", queueUrl).href, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
      body: JSON.stringify({ QueueUrl: queueUrl, ...content }),
    });
    try {
      const answer = await fetch(signed, { signal: signal ? AbortSignal.any([signal, deadline]) : deadline });
      const text = await answer.text();
      if (answer.ok) return text ? JSON.parse(text) : {};
      throw new QueueFailure(`${action} answered ${answer.status}`);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof QueueFailure ? error : new QueueFailure(`${action} was not answered`);
    }
  };
  return {
    async take({ hiddenSeconds, waitSeconds, signal }) {
      const content = { MaxNumberOfMessages: 1, VisibilityTimeout: hiddenSeconds, WaitTimeSeconds: waitSeconds };
      const [message] = Received.parse(await call("ReceiveMessage", requestsUrl, content, signal)).Messages;
      return message ?? null;
    },
    async hide({ ReceiptHandle }, seconds) {
      await call("ChangeMessageVisibility", requestsUrl, { ReceiptHandle, VisibilityTimeout: seconds });
    },
    async reply(reply) {
      const message = { MessageBody: JSON.stringify(reply), MessageGroupId: reply.nn };
      await call("SendMessage", repliesUrl, { ...message, MessageDeduplicationId: `${reply.ky}:${reply.attempt}` });
    },
    async remove({ ReceiptHandle }) {
      await call("DeleteMessage", requestsUrl, { ReceiptHandle });
    },
  };
}
