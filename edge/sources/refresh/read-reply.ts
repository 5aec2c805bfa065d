import { RefreshReply } from "../../contract/refresh.ts";

/**
 * A queue's message as a reply; or why it is none. `kept` is what of it may be kept: without what looks like a login,
 * which has no place in a queue and is refused for it.
 */
export type ReadReply =
  | { reply: RefreshReply; kept: string }
  | { reply?: never; code: "credentials" | "malformed"; tenant: string | null; kept: string };

const SECRETS = /^(un|pw|user(name)?|pass(word)?|secret|token)$/i;
const LONGEST_KEPT = 4_000;

/** Reads one message's body. Never throws. */
export function readReply(body: string): ReadReply {
  const content = parse(body);
  const redacted = new Set<string>();
  const kept = (content === undefined ? "no JSON" : JSON.stringify(content, redactor(redacted))).slice(0, LONGEST_KEPT);
  const tenant = tenantOf(content);
  if (redacted.size > 0) return { code: "credentials", tenant, kept };
  const parsed = RefreshReply.safeParse(content);
  return parsed.success ? { reply: parsed.data, kept } : { code: "malformed", tenant, kept };
}

function redactor(found: Set<string>) {
  return (name: string, value: unknown) => {
    if (!SECRETS.test(name)) return value;
    found.add(name);
    return "[redacted]";
  };
}

function tenantOf(content: unknown): string | null {
  if (typeof content !== "object" || content === null || !("nn" in content)) return null;
  return typeof content.nn === "string" ? content.nn : null;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
