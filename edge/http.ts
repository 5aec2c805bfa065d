import type { Context as HonoContext } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type * as z from "zod";
import { isStoreUnavailable } from "../db/connect.ts";
import type { Clock } from "./clock.ts";
import type { Env } from "./env.ts";
import { type ErrorCode, HearbackError } from "./errors.ts";
import { errorFields, type Log } from "./log.ts";
import { hasRepeatedKey } from "./repeated-key.ts";

/** What every route may take from its Hono context; set by `app.ts`. */
export type AppEnv = { Bindings: object; Variables: { env: Env; now: Clock; requestId: string; log: Log } };

const STATUS: Record<ErrorCode, ContentfulStatusCode> = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  TOO_LARGE: 413,
  URL_TOO_LONG: 414,
  UNSUPPORTED_TYPE: 415,
  TOO_MANY: 429,
  UNAVAILABLE: 503,
  BAD_ENVIRONMENT: 500,
};

const RETRY_AFTER_SECONDS = "5";

/** Turns whatever was thrown into RFC 9457 problem details; a 5xx never shows its cause. */
export function problemAnswer(error: unknown, c: HonoContext<AppEnv>): Response {
  const known = asHearbackError(error);
  const requestId = c.get("requestId") ?? null;
  if (!known || STATUS[known.code] >= 500) c.get("log")?.error("request failed", errorFields(error));
  const status = known ? STATUS[known.code] : 500;
  const body = {
    type: "about:blank",
    title: known?.code.toLowerCase().replaceAll("_", " ") ?? "internal error",
    status,
    detail: known && status !== 500 ? known.message : "Something failed on our side. It has been noted.",
    ...(known && known.problems.length > 0 && status < 500 && { problems: known.problems }),
    requestId,
  };
  const headers: Record<string, string> = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (status === 503) headers["retry-after"] = RETRY_AFTER_SECONDS;
  return new Response(JSON.stringify(body), { status, headers });
}

function asHearbackError(error: unknown): HearbackError | null {
  if (error instanceof HearbackError) return error;
  if (isStoreUnavailable(error))
    return new HearbackError("UNAVAILABLE", "The store does not answer. Try again shortly.");
  if (error instanceof HTTPException && error.status < 500) {
    return new HearbackError(
      error.status === 413 ? "TOO_LARGE" : "BAD_REQUEST",
      error.message || "The request is malformed.",
    );
  }
  return null;
}

/** How long a caller may take to send its body. */
const BODY_DEADLINE_MS = 10_000;

/** The body as text, at most `maxBytes`, within ten seconds, whatever Content-Length claims. No compressed bodies. */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  if (request.headers.has("content-encoding")) {
    throw new HearbackError("UNSUPPORTED_TYPE", "Send the body uncompressed.");
  }
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (!request.body) return "";
  const reader = request.body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  const late = deadline(BODY_DEADLINE_MS);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.passed]);
      if (done) break;
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      parts.push(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    late.clear();
  }
  return decodeUtf8(parts);
}

function decodeUtf8(parts: Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  } catch {
    throw new HearbackError("BAD_REQUEST", "The body is not UTF-8.");
  }
}

function tooLarge(maxBytes: number): HearbackError {
  return new HearbackError("TOO_LARGE", `The body is larger than ${maxBytes} bytes.`);
}

function deadline(ms: number): { passed: Promise<never>; clear: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HearbackError("BAD_REQUEST", "The body did not arrive in time.")), ms);
  });
  return { passed, clear: () => clearTimeout(timer) };
}

/** JSON text through a schema. Throws BAD_REQUEST naming each field that is wrong; a key named twice is wrong as well. */
export function parseJson<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HearbackError("BAD_REQUEST", "The body is not JSON.");
  }
  if (!isAsWritten(value, text) && hasRepeatedKey(text))
    throw new HearbackError("BAD_REQUEST", "A key is named twice in one object.");
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => ({
    field: issue.path.join(".") || "body",
    problem: issue.message,
  }));
  throw new HearbackError("BAD_REQUEST", `Not as expected: ${problems.map(({ field }) => field).join(", ")}.`, {
    problems,
  });
}

/** Whether the text is what JSON.stringify makes of its value: then no key is named twice, and no long look is needed. */
function isAsWritten(value: unknown, text: string): boolean {
  try {
    return JSON.stringify(value) === text;
  } catch {
    // Nested too deep for it, though not for JSON.parse.
    return false;
  }
}
