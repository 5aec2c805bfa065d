import type { MiddlewareHandler } from "hono";
import { randomToken } from "../crypto.ts";
import type { PatientEnv } from "./survey/visit.ts";

const PAGE_POLICY = "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** What a page behind a texted link may do: show its own style, post to us, and nothing else. Kept in no cache. */
export const pageHeaders: MiddlewareHandler<PatientEnv> = async (c, next) => {
  const nonce = randomToken(16);
  c.set("nonce", nonce);
  c.set("styleSource", `'nonce-${nonce}'`);
  await next();
  const { headers } = c.res;
  headers.set("content-security-policy", `default-src 'none'; style-src ${c.var.styleSource}; ${PAGE_POLICY}`);
  headers.set("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()");
  headers.set("cache-control", "no-store");
  headers.set("x-robots-tag", "noindex, nofollow");
};
