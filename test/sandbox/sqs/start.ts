import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Hono } from "hono";
import * as z from "zod";
import { type Credentials, signatureFault } from "../mailbox/sigv4.ts";
import { type NodeEnv, serveApp } from "../serve.ts";
import { queuesPage } from "./page.ts";
import { type FifoQueue, fifoQueue, type Message } from "./queue.ts";

export type Sqs = {
  /** Where a person sees what lies in the queues. */
  url: string;
  /** Address of a queue, made when it is first named; the name ends in `.fifo`. */
  queueUrl(name: string): string;
  /** What lies in a queue. */
  messages(name: string): Message[];
  /** The next calls of this action are answered with HTTP 500; `null` ends it. */
  fail(action: string | null): void;
  close(): Promise<void>;
};

/** While a call waits for a message. */
const LOOK_EVERY_MS = 50;

const Call = z.looseObject({ QueueUrl: z.url() });
const Send = z.object({
  MessageBody: z.string().min(1).max(262_144),
  MessageGroupId: z.string().min(1).max(128),
  MessageDeduplicationId: z.string().min(1).max(128),
});
const Receive = z.object({
  MaxNumberOfMessages: z.int().min(1).max(10).default(1),
  VisibilityTimeout: z.int().min(0).max(43_200).default(30),
  WaitTimeSeconds: z.int().min(0).max(20).default(0),
});
const Hide = z.object({ ReceiptHandle: z.string(), VisibilityTimeout: z.int().min(0).max(43_200) });
const Delete = z.object({ ReceiptHandle: z.string() });

/** Starts a stand-in for Amazon SQS with FIFO queues, speaking its JSON protocol with signatures checked. */
export async function startSqs(options: Credentials & { now?: () => number; port?: number }): Promise<Sqs> {
  const now = options.now ?? Date.now;
  const queues = new Map<string, FifoQueue>();
  const queue = (name: string) => queues.get(name) ?? queues.set(name, fifoQueue(now)).get(name) ?? fifoQueue(now);
  let failing: string | null = null;
  const app = new Hono<NodeEnv>().post("/", async (c) => {
    const body = await c.req.text();
    const request = { method: "POST", url: c.req.url, headers: c.req.raw.headers, body };
    const fault = signatureFault(request, { ...options, service: "sqs" }, Date.now());
    if (fault) return refused(403, fault);
    const action = (c.req.header("x-amz-target") ?? "").replace("AmazonSQS.", "");
    if (action === failing) return refused(500, "InternalFailure");
    const call = Call.parse(JSON.parse(body));
    const name = new URL(call.QueueUrl).pathname.split("/").at(-1) ?? "";
    const answer = name.endsWith(".fifo") ? await act(queue(name), action, call, c.req.raw.signal) : null;
    return answer ? c.json(answer) : refused(400, "InvalidAction");
  });
  app.get("/", (c) => c.html(queuesPage([...queues].map(([name, { all }]) => ({ name, messages: all() })))));
  const served = await serveApp(app, options);
  return {
    url: served.url,
    queueUrl: (name) => `${served.url}/000000000000/${name}`,
    messages: (name) => queue(name).all(),
    fail: (action) => {
      failing = action;
    },
    close: served.close,
  };
}

async function act(queue: FifoQueue, action: string, call: object, gone: AbortSignal): Promise<object | null> {
  if (action === "SendMessage") {
    const { MessageBody: body, MessageGroupId: group, MessageDeduplicationId: once } = Send.parse(call);
    return { MessageId: queue.send({ body, group, once }), MD5OfMessageBody: md5(body) };
  }
  if (action === "ReceiveMessage") {
    const { MaxNumberOfMessages: most, VisibilityTimeout, WaitTimeSeconds } = Receive.parse(call);
    const receive = () => (gone.aborted ? [] : queue.receive({ most, hiddenMs: VisibilityTimeout * 1000 }));
    const until = Date.now() + WaitTimeSeconds * 1000;
    let messages = receive();
    while (messages.length === 0 && Date.now() < until && !gone.aborted) {
      await pause(LOOK_EVERY_MS);
      messages = receive();
    }
    // Amazon leaves the list out where there is nothing.
    if (messages.length === 0) return {};
    return {
      Messages: messages.map(({ id, receipt, body }) => ({
        ...{ MessageId: id, ReceiptHandle: receipt },
        ...{ Body: body, MD5OfBody: md5(body) },
      })),
    };
  }
  if (action === "ChangeMessageVisibility") {
    const { ReceiptHandle, VisibilityTimeout } = Hide.parse(call);
    queue.hide(ReceiptHandle, VisibilityTimeout * 1000);
    return {};
  }
  if (action !== "DeleteMessage") return null;
  queue.remove(Delete.parse(call).ReceiptHandle);
  return {};
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

function refused(status: number, type: string): Response {
  const body = JSON.stringify({ __type: `com.amazonaws.sqs#${type}`, message: type });
  return new Response(body, { status, headers: { "content-type": "application/x-amz-json-1.0" } });
}
