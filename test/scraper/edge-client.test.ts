import { Hono } from "hono";
import { Webhook } from "standardwebhooks";
import { afterEach, expect, test } from "vitest";
import { connectEdge } from "../../scraper/edge-client.ts";
import { EdgeFailure, type PostOptions } from "../../scraper/signed-post.ts";
import { type NodeEnv, type Served, serveApp } from "../sandbox/serve.ts";

const SECRET = `whsec_${btoa("an invented secret of 24 b")}`;
const LEASE = {
  jobId: "job_1",
  runId: crypto.randomUUID(),
  kind: "scrape",
  arguments: {},
  leaseToken: "t",
  leaseSeconds: 60,
};

type Request = { path: string; id: string; body: unknown };
let served: Served | undefined;
afterEach(async () => {
  await served?.close();
});

/** An edge that checks every signature for real and answers from the list, then 204. */
async function edge(answers: (() => Response | Promise<Response>)[], options: PostOptions = {}) {
  const requests: Request[] = [];
  const app = new Hono<NodeEnv>().post("*", async (c) => {
    const body = await c.req.text();
    new Webhook(SECRET).verify(body, c.req.header());
    if (c.req.header("hearback-key") !== "apk_1") return c.text("which key?", 401);
    requests.push({ path: new URL(c.req.url).pathname, id: c.req.header("webhook-id") ?? "", body: JSON.parse(body) });
    return answers.shift()?.() ?? c.body(null, 204);
  });
  served = await serveApp(app);
  const settings = { url: `${served.url}/`, tenant: "bcb", keyId: "apk_1", keySecret: SECRET };
  return { requests, client: connectEdge(settings, { retryPausesMs: [1, 1], ...options }) };
}

const status =
  (code: number, headers = {}) =>
  () =>
    new Response("{}", { status: code, headers });

test("every request is signed with the tenant's key and goes to the tenant's own address", async () => {
  const reply = { lease: null, reason: "none_due" };
  const { client, requests } = await edge([() => Response.json(reply)]);
  expect(await client.lease(["scrape"], "worker-1")).toEqual(reply);
  await client.heartbeat(LEASE);
  await client.finish(LEASE, { status: "succeeded", counts: { rows: 3 } });
  expect(requests).toMatchObject([
    { path: "/t/bcb/api/v1/jobs/lease", body: { kinds: ["scrape"], worker: "worker-1" } },
    { path: "/t/bcb/api/v1/jobs/job_1/heartbeat", body: { leaseToken: "t" } },
    { path: "/t/bcb/api/v1/jobs/job_1/finish", body: { leaseToken: "t", status: "succeeded", counts: { rows: 3 } } },
  ]);
});

test("500 and 429 are tried again under the same request id, until there is an answer", async () => {
  const { client, requests } = await edge([status(500), status(429, { "retry-after": "0" })]);
  await client.heartbeat(LEASE);
  expect(requests).toHaveLength(3);
  expect(new Set(requests.map(({ id }) => id)).size).toBe(1);
});

test("a pause asked for by the edge is kept", async () => {
  const { client } = await edge([status(503, { "retry-after": "1" })]);
  const began = performance.now();
  await client.heartbeat(LEASE);
  expect(performance.now() - began).toBeGreaterThan(900);
});

test("an attempt without an answer ends at its deadline and is tried again", async () => {
  const never = () => new Promise<Response>(() => {});
  const retries: string[] = [];
  const { client, requests } = await edge([never], { deadlineMs: 100, onRetry: (_, reason) => retries.push(reason) });
  await client.heartbeat(LEASE);
  expect([requests.length, retries]).toEqual([2, ["no_answer"]]);
});

test("an edge that stays down is given up as unavailable", async () => {
  const { client, requests } = await edge([status(503), status(503), status(503)]);
  await expect(client.heartbeat(LEASE)).rejects.toMatchObject({ code: "edge_unavailable", status: 503 });
  expect(requests).toHaveLength(3);
});

test("a refusal is never said again", async () => {
  const { client, requests } = await edge([status(409)]);
  await expect(client.heartbeat(LEASE)).rejects.toMatchObject({ code: "edge_refused", status: 409 });
  expect(requests).toHaveLength(1);
});

test("an answer that is not what the contract says is an error, not a guess", async () => {
  const { client } = await edge([() => Response.json({ lease: { jobId: 1 } })]);
  await expect(client.lease(["scrape"], "worker-1")).rejects.toEqual(
    new EdgeFailure("edge_misunderstood", "/jobs/lease"),
  );
});

test("ending the run ends a call that waits to be tried again", async () => {
  const run = new AbortController();
  const { client } = await edge([status(500)], {
    retryPausesMs: [60_000],
    signal: run.signal,
    onRetry: () => run.abort(),
  });
  await expect(client.heartbeat(LEASE)).rejects.toMatchObject({ name: "AbortError" });
});
