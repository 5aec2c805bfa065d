import type { IHttpClient } from "soap";
import { ImportFailure } from "../imports/failure.ts";
import { readBody } from "../read-body.ts";
import { readAnswer } from "./read-answer.ts";

const MAX_BYTES = 20 * 1024 * 1024;

export type CallLimits = {
  /** For the answer to begin or go on, from dialling to its last byte. */
  callMs: number;
};

/**
 * How soap's client reaches the service: a POST that has `callMs` in all (Node gives up dialling after 10 s), follows
 * no redirect, and hands over only what `readAnswer` lets pass. TLS is verified as everywhere in Node.
 */
export function callLine(limits: CallLimits, signal: AbortSignal): IHttpClient {
  const request: IHttpClient["request"] = (url, data, callback, headers) => {
    const answered = post(url, data, headers ?? {}, limits, signal).then(
      ({ status, text }) => callback(null, { status, headers: {}, data: text }, text),
      (error: unknown) => callback(error),
    );
    return answered as unknown as ReturnType<IHttpClient["request"]>;
  };
  return { request };
}

async function post(
  url: string,
  data: unknown,
  headers: Record<string, string>,
  { callMs }: CallLimits,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  // A description that imports another one would make the client ask the network for it.
  if (typeof data !== "string") throw new ImportFailure("wsdl_changed");
  const deadline = AbortSignal.timeout(callMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: data,
      redirect: "error",
      signal: AbortSignal.any([deadline, signal]),
    });
    const body = await readBody(response, MAX_BYTES);
    if (response.status === 401 || response.status === 403) throw new ImportFailure("login");
    const contentType = response.headers.get("content-type") ?? "";
    // SOAP 1.1 answers faults with 500; any other body of an error is a proxy's, and no XML to read.
    if (!response.ok && !contentType.includes("xml")) throw new ImportFailure("unavailable");
    return { status: response.status, text: readAnswer(body, contentType) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ImportFailure) throw error;
    throw new ImportFailure(deadline.aborted ? "timeout" : "unavailable");
  }
}
