import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import { KEY_HEADER } from "../edge/contract/jobs.ts";

export type PostOptions = {
  /** For one attempt, body included. */
  deadlineMs?: number;
  /** Pauses before the second and later attempts; one more attempt than pauses. */
  retryPausesMs?: number[];
  /** Ends every call, waiting ones too. */
  signal?: AbortSignal;
  onRetry?: (path: string, reason: string) => void;
};

/**
 * `edge_refused` is a 4xx: saying it again would not help. `edge_unavailable` is no answer, 5xx or 429 on every
 * attempt. `edge_misunderstood` is a 2xx that is not what the contract says. The message may quote the edge's own
 * words, which name the fix and nobody.
 */
export class EdgeFailure extends Error {
  override name = "EdgeFailure";
  readonly code: "edge_refused" | "edge_unavailable" | "edge_misunderstood";
  readonly status: number | undefined;

  constructor(code: EdgeFailure["code"], path: string, status?: number, detail?: string) {
    const answer = status === undefined ? "" : ` answered ${status}`;
    super(`${code}: ${path}${answer}${detail ? `: ${detail}` : ""}`);
    this.code = code;
    this.status = status;
  }
}

const DEADLINE_MS = 20_000;
/** About two minutes in all: longer than a deployment or a restart of the store, shorter than a run's deadline. */
const RETRY_PAUSES_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Who asks whom: `base` is the address that paths are added to. */
export type SignedLine = { base: string; keyId: string; keySecret: string; options?: PostOptions };

/**
 * Posts JSON, signed, until there is an answer; returns its body. One id for all attempts, so that the edge can tell a
 * repetition from a new request; a fresh time for each. Throws `EdgeFailure`, or the signal's reason.
 */
export async function postSigned(line: SignedLine, path: string, content: unknown): Promise<string> {
  const { retryPausesMs = RETRY_PAUSES_MS, signal, onRetry } = line.options ?? {};
  const body = JSON.stringify(content);
  const id = `msg_${randomUUID()}`;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await postOnce(line, path, id, body);
    if (answer.ok) return answer.text;
    if (!answer.mayHelp) throw new EdgeFailure("edge_refused", path, answer.status, answer.detail);
    const pauseMs = retryPausesMs[attempt];
    if (pauseMs === undefined) throw new EdgeFailure("edge_unavailable", path, answer.status);
    onRetry?.(path, answer.status === undefined ? "no_answer" : `status_${answer.status}`);
    // Half of each pause is chance, so that many containers do not come back at one instant.
    const waitMs = Math.max(pauseMs * (0.5 + Math.random() / 2), answer.retryAfterMs ?? 0);
    await pause(waitMs, undefined, { signal });
  }
}

type Answer =
  | { ok: true; text: string }
  | { ok: false; mayHelp: boolean; status?: number; detail?: string; retryAfterMs?: number };

async function postOnce(
  { base, keyId, keySecret, options = {} }: SignedLine,
  path: string,
  id: string,
  body: string,
): Promise<Answer> {
  options.signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS);
  try {
    const response = await fetch(`${base}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...sign(keyId, keySecret, id, body) },
      body,
      redirect: "error",
      signal: options.signal ? AbortSignal.any([deadline, options.signal]) : deadline,
    });
    const text = await response.text();
    if (response.ok) return { ok: true, text };
    const seconds = Number(response.headers.get("retry-after"));
    const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : 0;
    const mayHelp = response.status >= 500 || response.status === 429;
    return { ok: false, mayHelp, status: response.status, detail: problemDetail(text), retryAfterMs };
  } catch {
    options.signal?.throwIfAborted();
    return { ok: false, mayHelp: true };
  }
}

function sign(keyId: string, keySecret: string, id: string, body: string): Record<string, string> {
  const now = new Date();
  return {
    [KEY_HEADER]: keyId,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": new Webhook(keySecret).sign(id, now, body),
  };
}

/** Room for a list of what there is to choose from; what is no word of ours does not fill the terminal. */
const LONGEST_DETAIL = 1_000;

/** What RFC 9457 problem details say, if the answer is such. */
function problemDetail(text: string): string {
  try {
    return z.object({ detail: z.string() }).parse(JSON.parse(text)).detail.slice(0, LONGEST_DETAIL);
  } catch {
    return "";
  }
}

/** An answer's body through its schema. Throws `EdgeFailure` `edge_misunderstood`. */
export function understand<Schema extends z.ZodType>(schema: Schema, path: string, text: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new EdgeFailure("edge_misunderstood", path);
  }
}
