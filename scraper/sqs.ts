import { AwsClient } from "aws4fetch";
import * as z from "zod";

export type SqsAccount = { region: string; accessKeyId: string; secretAccessKey: string };
/** One call of Amazon SQS (JSON protocol, Signature Version 4). Throws a `QueueFailure`, or the signal's reason. */
export type SqsCall = (action: string, queueUrl: string, content: object, signal?: AbortSignal) => Promise<unknown>;

/** On top of the time for which the queue itself waits. */
const DEADLINE_MS = 10_000;

/** Amazon leaves the list out where there is nothing. */
const Received = z.object({
  Messages: z
    .array(z.object({ MessageId: z.string(), ReceiptHandle: z.string(), Body: z.string() }))
    .nullish()
    .transform((messages) => messages ?? []),
});
export type Message = z.infer<typeof Received>["Messages"][number];

/** The messages in an answer to `ReceiveMessage`. Throws a `QueueFailure` for one that is none. */
export function messagesIn(answer: unknown): Message[] {
  const received = Received.safeParse(answer);
  if (!received.success) throw new QueueFailure("ReceiveMessage was not answered with messages");
  return received.data.Messages;
}

/** A queue that does not answer, or refuses. */
export class QueueFailure extends Error {
  override name = "QueueFailure";
  readonly code = "queue_unavailable";
}

/** Calls to the queues of one account. */
export function sqsCaller({ region, accessKeyId, secretAccessKey }: SqsAccount): SqsCall {
  const aws = new AwsClient({ accessKeyId, secretAccessKey, region, service: "sqs", retries: 0 });
  return async (action, queueUrl, content, signal) => {
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
}
