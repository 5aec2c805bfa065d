import { createHash, randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { AwsClient } from "aws4fetch";
import * as z from "zod";
import { ImportFailure } from "../imports/failure.ts";
import { readBody } from "../read-body.ts";
import type { CassifyStoreEnv } from "../settings.ts";
import { messagesIn, QueueFailure, sqsCaller } from "../sqs.ts";
import { MOST_ANSWER_BYTES, type ValidateAddresses } from "./validate-over-http.ts";

/** A service may take its time over a large file. */
const ANSWER_WITHIN_MS = 30 * 60_000;
const OBJECT_DEADLINE_MS = 60_000;
const LOOK_FOR_SECONDS = 20;
/** Every answer that lies there is looked at in one call, so that no journey's own hides behind others'. */
const LOOK_AT_MOST = 10;
/** Who found others' answers steps aside for so long: unlike for two, or both would find the other's for ever. */
const STEP_ASIDE_MS = [250, 1_500] as const;

/** Where answers lie. What lies elsewhere in the bucket is another journey's, which no reply may have read or removed. */
const ANSWER = /^out\/[\w.-]+$/;

/** What the service says: where the answer lies and what it is, or that it could make none. */
const Reply = z.object({
  v: z.literal(1),
  key: z.string(),
  deadline_at: z.iso.datetime(),
  status: z.enum(["done", "failed"]),
  object: z.string().optional(),
  sha256: z.string().optional(),
});
type Reply = z.infer<typeof Reply>;

/**
 * A service that works from an object store (Amazon S3) and two FIFO queues (Amazon SQS): the file is laid there, a
 * request names it, a reply names the answer, both with their SHA-256. Each journey is a message group of its own, so
 * that none waits behind another, and takes its objects away when it is over; what a crash leaves there, the bucket's
 * own rule drops after seven days.
 */
export function validateOverStore(settings: z.infer<typeof CassifyStoreEnv>): ValidateAddresses {
  const account = {
    region: settings.SQS_REGION,
    accessKeyId: settings.SQS_ACCESS_KEY_ID,
    secretAccessKey: settings.SQS_SECRET_ACCESS_KEY,
  };
  const call = sqsCaller(account);
  const objects = objectStore(settings.CASSIFY_STORE_URL, account);
  const replies = settings.CASSIFY_REPLIES_URL;
  return async (file, signal) => {
    const key = randomUUID();
    const deadlineAt = Date.now() + ANSWER_WITHIN_MS;
    const object = `in/${key}.ndjson`;
    const left = [object];
    try {
      await objects.put(object, file, signal);
      const rows = file.split("\n").filter(Boolean).length;
      const request = {
        v: 1,
        key,
        object,
        rows,
        sha256: sha256(file),
        deadline_at: new Date(deadlineAt).toISOString(),
      };
      const message = { MessageBody: JSON.stringify(request), MessageGroupId: key, MessageDeduplicationId: key };
      await call("SendMessage", settings.CASSIFY_REQUESTS_URL, message, signal);
      const reply = await ownReply(key, deadlineAt, signal);
      if (reply.status === "failed" || !reply.object || !ANSWER.test(reply.object)) throw new ImportFailure("fault");
      left.push(reply.object);
      const answer = await objects.get(reply.object, signal);
      if (sha256(answer) !== reply.sha256) throw new ImportFailure("answer_mismatch");
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof QueueFailure ? new ImportFailure("unavailable") : error;
    } finally {
      // Nobody needs them any more, however this ended; what stays all the same, the bucket's rule drops.
      await Promise.all(left.map((name) => objects.remove(name).catch(() => undefined)));
    }
  };

  /** Taken out of the queue: a journey that breaks off after it begins anew, with another key. */
  async function ownReply(key: string, deadlineAt: number, signal: AbortSignal): Promise<Reply> {
    while (Date.now() < deadlineAt) {
      const content = { MaxNumberOfMessages: LOOK_AT_MOST, VisibilityTimeout: 60, WaitTimeSeconds: LOOK_FOR_SECONDS };
      const messages = messagesIn(await call("ReceiveMessage", replies, content, signal));
      const found = messages.map(({ Body, ReceiptHandle }) => ({ ReceiptHandle, reply: readReply(Body) }));
      await Promise.all(
        found.map(({ ReceiptHandle, reply }) =>
          isOthers(reply, key)
            ? call("ChangeMessageVisibility", replies, { ReceiptHandle, VisibilityTimeout: 0 }, signal)
            : call("DeleteMessage", replies, { ReceiptHandle }, signal),
        ),
      );
      const own = found.find(({ reply }) => reply?.key === key)?.reply;
      if (own) return own;
      if (found.length > 0) await pause(randomInt(...STEP_ASIDE_MS), undefined, { signal });
    }
    throw new ImportFailure("timeout");
  }
}

/** Nobody waits any more for what is past its time, nor for what cannot be read. */
function isOthers(reply: Reply | null, key: string): boolean {
  return reply !== null && reply.key !== key && Date.parse(reply.deadline_at) > Date.now();
}

function readReply(text: string): Reply | null {
  try {
    return Reply.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** One bucket, by its address. Throws `ImportFailure` `login` or `unavailable`, or the signal's reason. */
function objectStore(bucketUrl: string, account: { region: string; accessKeyId: string; secretAccessKey: string }) {
  const aws = new AwsClient({ ...account, service: "s3", retries: 0 });
  const ask = async (method: "PUT" | "GET" | "DELETE", name: string, body = "", signal?: AbortSignal) => {
    const deadline = AbortSignal.timeout(OBJECT_DEADLINE_MS);
    const signed = await aws.sign(`${bucketUrl.replace(/\/+$/, "")}/${name}`, {
      method,
      headers: {
        "x-amz-content-sha256": sha256(body),
        ...(method === "PUT" && { "content-type": "application/x-ndjson" }),
      },
      ...(method === "PUT" && { body }),
    });
    const answer = await fetch(signed, { signal: signal ? AbortSignal.any([signal, deadline]) : deadline }).catch(
      () => {
        signal?.throwIfAborted();
        throw new ImportFailure(deadline.aborted ? "timeout" : "unavailable");
      },
    );
    if (answer.status === 401 || answer.status === 403) throw new ImportFailure("login");
    if (!answer.ok) throw new ImportFailure("unavailable");
    return (await readBody(answer, MOST_ANSWER_BYTES)).toString("utf8");
  };
  return {
    put: (name: string, body: string, signal: AbortSignal) => ask("PUT", name, body, signal),
    get: (name: string, signal: AbortSignal) => ask("GET", name, "", signal),
    remove: (name: string, signal?: AbortSignal) => ask("DELETE", name, "", signal),
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
