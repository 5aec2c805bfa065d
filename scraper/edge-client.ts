import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { ChunkReply, type SnapshotChunk } from "../edge/contract/appointments.ts";
import { type FinishJob, KEY_HEADER, type Lease, LeaseReply } from "../edge/contract/jobs.ts";

export type EdgeSettings = {
  /** Origin of the Worker, such as `https://hearback.example`. */
  url: string;
  tenant: string;
  keyId: string;
  /** Standard Webhooks secret, `whsec_…`. */
  keySecret: string;
};

export type EdgeClientOptions = {
  /** For one attempt, body included. */
  deadlineMs?: number;
  /** Pauses before the second and later attempts; one more attempt than pauses. */
  retryPausesMs?: number[];
  /** Ends every call, waiting ones too. */
  signal?: AbortSignal;
  onRetry?: (path: string, reason: string) => void;
};

/** The edge, as the container speaks to it. Every verb may be said twice: the edge answers the same and changes nothing. */
export type EdgeClient = {
  /** Asks for a reading of these days; without days, of today and the days before it that the tenant's settings say. */
  createJob(days?: string[]): Promise<{ jobId: string; runId: string }>;
  lease(kinds: string[], worker: string): Promise<z.infer<typeof LeaseReply>>;
  heartbeat(lease: Lease): Promise<void>;
  finish(lease: Lease, report: Omit<FinishJob, "leaseToken">): Promise<void>;
  push(chunk: SnapshotChunk): Promise<ChunkReply>;
};

/**
 * `edge_refused` is a 4xx: saying it again would not help. `edge_unavailable` is no answer, 5xx or 429 on every
 * attempt. `edge_misunderstood` is a 2xx that is not what the contract says.
 */
export class EdgeFailure extends Error {
  override name = "EdgeFailure";
  readonly code: "edge_refused" | "edge_unavailable" | "edge_misunderstood";
  readonly status: number | undefined;

  constructor(code: EdgeFailure["code"], path: string, status?: number) {
    super(`${code}: ${path}${status === undefined ? "" : ` answered ${status}`}`);
    this.code = code;
    this.status = status;
  }
}

const DEADLINE_MS = 20_000;
/** About two minutes in all: longer than a deployment or a restart of the store, shorter than a run's deadline. */
const RETRY_PAUSES_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
const LONGEST_RETRY_AFTER_MS = 60_000;

const Created = z.object({ jobId: z.string(), runId: z.string() });

/** A client for one tenant of one edge, with signed requests. Throws `EdgeFailure`, or the signal's reason. */
export function connectEdge(settings: EdgeSettings, options: EdgeClientOptions = {}): EdgeClient {
  const base = `${settings.url.replace(/\/+$/, "")}/t/${settings.tenant}/api/v1`;
  const post = (path: string, body: unknown) => postWithRetry({ base, settings, options }, path, JSON.stringify(body));
  const jobPath = ({ jobId }: Lease, verb: string) => `/jobs/${encodeURIComponent(jobId)}/${verb}`;
  return {
    createJob: async (days) => understand(Created, "/jobs", await post("/jobs", { kind: "scrape", days })),
    lease: async (kinds, worker) => understand(LeaseReply, "/jobs/lease", await post("/jobs/lease", { kinds, worker })),
    async heartbeat(lease) {
      await post(jobPath(lease, "heartbeat"), { leaseToken: lease.leaseToken });
    },
    async finish(lease, report) {
      await post(jobPath(lease, "finish"), { ...report, leaseToken: lease.leaseToken });
    },
    push: async (chunk) => understand(ChunkReply, "/appointments", await post("/appointments", chunk)),
  };
}

type Connection = { base: string; settings: EdgeSettings; options: EdgeClientOptions };

/** One id for all attempts, so that the edge can tell a repetition from a new request; a fresh time for each. */
async function postWithRetry(connection: Connection, path: string, body: string): Promise<string> {
  const { retryPausesMs = RETRY_PAUSES_MS, signal, onRetry } = connection.options;
  const id = `msg_${randomUUID()}`;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await postOnce(connection, path, id, body);
    if (answer.ok) return answer.text;
    if (!answer.mayHelp) throw new EdgeFailure("edge_refused", path, answer.status);
    const pauseMs = retryPausesMs[attempt];
    if (pauseMs === undefined) throw new EdgeFailure("edge_unavailable", path, answer.status);
    onRetry?.(path, answer.status === undefined ? "no_answer" : `status_${answer.status}`);
    // Half of each pause is chance, so that many containers do not come back at one instant.
    const waitMs = Math.max(pauseMs * (0.5 + Math.random() / 2), answer.retryAfterMs ?? 0);
    await pause(waitMs, undefined, { signal });
  }
}

type Answer = { ok: true; text: string } | { ok: false; mayHelp: boolean; status?: number; retryAfterMs?: number };

async function postOnce(
  { base, settings, options }: Connection,
  path: string,
  id: string,
  body: string,
): Promise<Answer> {
  options.signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS);
  try {
    const response = await fetch(`${base}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...sign(settings, id, body) },
      body,
      redirect: "error",
      signal: options.signal ? AbortSignal.any([deadline, options.signal]) : deadline,
    });
    const text = await response.text();
    if (response.ok) return { ok: true, text };
    const seconds = Number(response.headers.get("retry-after"));
    const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : 0;
    const mayHelp = response.status >= 500 || response.status === 429;
    return { ok: false, mayHelp, status: response.status, retryAfterMs };
  } catch {
    options.signal?.throwIfAborted();
    return { ok: false, mayHelp: true };
  }
}

function sign({ keyId, keySecret }: EdgeSettings, id: string, body: string): Record<string, string> {
  const now = new Date();
  return {
    [KEY_HEADER]: keyId,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": new Webhook(keySecret).sign(id, now, body),
  };
}

function understand<Schema extends z.ZodType>(schema: Schema, path: string, text: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new EdgeFailure("edge_misunderstood", path);
  }
}
