import type { RefreshReply } from "../../edge/contract/refresh.ts";
import { type Message, messagesIn, sqsCaller } from "../sqs.ts";
import type { RefreshSettings } from "./clinics.ts";

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

/** The queues of the settings. Each call throws a `QueueFailure`, or the signal's reason. */
export function connectQueues(settings: RefreshSettings): Queues {
  const { requestsUrl, repliesUrl, region, accessKeyId, secretAccessKey } = settings;
  const call = sqsCaller({ region, accessKeyId, secretAccessKey });
  return {
    async take({ hiddenSeconds, waitSeconds, signal }) {
      const content = { MaxNumberOfMessages: 1, VisibilityTimeout: hiddenSeconds, WaitTimeSeconds: waitSeconds };
      const [message] = messagesIn(await call("ReceiveMessage", requestsUrl, content, signal));
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
