import { RefreshReply, RefreshRequest } from "../../edge/contract/refresh.ts";

/**
 * A queue's message as a request; or why it is none, with the reply that says so where it names whom to answer. Of what
 * was refused nothing is kept: it may carry a login, which has no place in a queue.
 */
export type ReadRequest =
  | { request: RefreshRequest }
  | { request?: never; code: "credentials_in_message" | "malformed"; reply: RefreshReply | null };

const SECRETS = /^(un|pw|user(name)?|pass(word)?|secret|token)$/i;
const Whom = RefreshReply.pick({ nn: true, ky: true }).extend({ attempt: RefreshReply.shape.attempt.catch(1) });

/** Reads one message's body. Never throws. */
export function readRequest(body: string): ReadRequest {
  let hasSecret = false;
  const content = parse(body, (name) => {
    hasSecret ||= SECRETS.test(name);
  });
  const parsed = RefreshRequest.safeParse(content);
  if (parsed.success && !hasSecret) return { request: parsed.data };
  const code = hasSecret ? "credentials_in_message" : "malformed";
  const whom = Whom.safeParse(content);
  return { code, reply: whom.success ? { v: 2, ...whom.data, status: "failed", error: code } : null };
}

function parse(body: string, onName: (name: string) => void): unknown {
  try {
    return JSON.parse(body, (name, value) => {
      onName(name);
      return value as unknown;
    });
  } catch {
    return undefined;
  }
}
