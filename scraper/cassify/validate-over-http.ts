import { createHash } from "node:crypto";
import type * as z from "zod";
import { ImportFailure } from "../imports/failure.ts";
import { readBody } from "../read-body.ts";
import type { CassifyEnv } from "../settings.ts";

/** Takes a file of addresses (JSON lines) to the service and returns the file it answers with. Throws `ImportFailure`. */
export type ValidateAddresses = (file: string, signal: AbortSignal) => Promise<string>;

/** A service may take its time over a large file. */
const ANSWER_WITHIN_MS = 30 * 60_000;
/** A row of an answer has some 200 bytes: this is half a million of them. */
export const MOST_ANSWER_BYTES = 100 * 1024 * 1024;
const DIGEST = /^sha-256=:([A-Za-z0-9+/]{43}=):$/;

/**
 * A service over HTTP: JSON lines there and back, both with their digest (RFC 9530, `content-digest`), so that a file
 * that was cut or changed on its way is known as such. CASS vendors differ; another one is another file like this.
 */
export function validateOverHttp({ CASSIFY_URL, CASSIFY_KEY }: z.infer<typeof CassifyEnv>): ValidateAddresses {
  return async (file, signal) => {
    const deadline = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      const response = await fetch(CASSIFY_URL, {
        method: "POST",
        headers: {
          authorization: `Bearer ${CASSIFY_KEY}`,
          "content-type": "application/x-ndjson",
          "content-digest": `sha-256=:${digestOf(file)}:`,
        },
        body: file,
        redirect: "error",
        signal: AbortSignal.any([deadline, signal]),
      });
      const answer = (await readBody(response, MOST_ANSWER_BYTES)).toString("utf8");
      if (response.status === 401 || response.status === 403) throw new ImportFailure("login");
      if (!response.ok) throw new ImportFailure("unavailable");
      const digest = DIGEST.exec(response.headers.get("content-digest") ?? "")?.[1];
      if (digest !== digestOf(answer)) throw new ImportFailure("answer_mismatch");
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ImportFailure) throw error;
      throw new ImportFailure(deadline.aborted ? "timeout" : "unavailable");
    }
  };
}

function digestOf(file: string): string {
  return createHash("sha256").update(file).digest("base64");
}
