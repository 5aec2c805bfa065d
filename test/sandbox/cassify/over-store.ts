import { createHash } from "node:crypto";
import { Hono } from "hono";
import * as z from "zod";
import { messagesIn, sqsCaller } from "../../../scraper/sqs.ts";
import { type Credentials, signatureFault } from "../mailbox/sigv4.ts";
import { type NodeEnv, serveApp } from "../serve.ts";
import type { AddressLine, Lookup } from "./start.ts";

export type CassifyOverStore = {
  /** The bucket's address. */
  url: string;
  requestsUrl: string;
  repliesUrl: string;
  /** The names of what lies in the bucket now. */
  objects(): string[];
  /** The files as they came, newest last. */
  files: readonly string[];
  /** What goes wrong from now on; `null` ends it. */
  fail(how: "digest" | "failed" | "store" | { names: string } | null): void;
  /** What was to be removed since the start, besides files and answers of journeys. */
  removed(): string[];
  close(): Promise<void>;
};

const Request = z.object({
  v: z.literal(1),
  key: z.string(),
  object: z.string(),
  sha256: z.string(),
  deadline_at: z.string(),
});

/**
 * Starts a stand-in for a certified address service that works from an object store (Amazon S3's PUT, GET and DELETE of
 * one bucket, signatures checked) and the two queues of a running SQS stand-in.
 */
export async function startCassifyOverStore(
  options: Credentials & { sqs: { queueUrl(name: string): string }; lookUp: Lookup },
): Promise<CassifyOverStore> {
  const { accessKeyId, secretAccessKey, sqs, lookUp } = options;
  const bucket = new Map<string, string>();
  const files: string[] = [];
  const removed: string[] = [];
  let failing: Parameters<CassifyOverStore["fail"]>[0] = null;
  const app = new Hono<NodeEnv>().all("/bucket/*", async (c) => {
    const body = await c.req.text();
    const request = { method: c.req.method, url: c.req.url, headers: c.req.raw.headers, body };
    if (signatureFault(request, { accessKeyId, secretAccessKey, service: "s3" }, Date.now())) return c.body(null, 403);
    if (failing === "store") return c.body(null, 503);
    const name = c.req.path.replace("/bucket/", "");
    if (c.req.method === "PUT") bucket.set(name, body);
    if (c.req.method === "DELETE") {
      if (!bucket.delete(name)) removed.push(name);
      return c.body(null, 204);
    }
    const found = bucket.get(name);
    return found === undefined ? c.body(null, 404) : c.text(c.req.method === "GET" ? found : "");
  });
  const served = await serveApp(app);
  const [requestsUrl, repliesUrl] = [sqs.queueUrl("cassify-in.fifo"), sqs.queueUrl("cassify-out.fifo")];
  const call = sqsCaller({ region: "us-east-1", accessKeyId, secretAccessKey });
  const stop = new AbortController();

  const answer = (text: string) => {
    const { key, object, sha256, deadline_at } = Request.parse(JSON.parse(text));
    const file = bucket.get(object) ?? "";
    files.push(file);
    if (failing === "failed" || digestOf(file) !== sha256) return { v: 1, key, deadline_at, status: "failed" };
    const lines = file
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as AddressLine);
    const answers = lines
      .map((line, index) => JSON.stringify({ row_key: line.row_key, ...lookUp(line, index) }))
      .join("\n");
    const out = `out/${key}.ndjson`;
    bucket.set(out, failing === "digest" ? `${answers} ` : answers);
    if (failing !== null && typeof failing === "object")
      return { v: 1, key, deadline_at, status: "done", object: failing.names, sha256: digestOf(answers) };
    return { v: 1, key, deadline_at, status: "done", object: out, sha256: digestOf(answers) };
  };
  const work = async () => {
    while (!stop.signal.aborted) {
      const asked = { MaxNumberOfMessages: 1, VisibilityTimeout: 30, WaitTimeSeconds: 5 };
      for (const { Body, ReceiptHandle } of messagesIn(await call("ReceiveMessage", requestsUrl, asked, stop.signal))) {
        const reply = answer(Body);
        const message = {
          MessageBody: JSON.stringify(reply),
          MessageGroupId: reply.key,
          MessageDeduplicationId: reply.key,
        };
        await call("SendMessage", repliesUrl, message);
        await call("DeleteMessage", requestsUrl, { ReceiptHandle });
      }
    }
  };
  const working = work().catch(() => undefined);
  return {
    url: `${served.url}/bucket`,
    requestsUrl,
    repliesUrl,
    files,
    removed: () => removed,
    objects: () => [...bucket.keys()],
    fail: (how) => {
      failing = how;
    },
    async close() {
      stop.abort();
      await working;
      await served.close();
    },
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
