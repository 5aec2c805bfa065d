import type { Context as HonoContext } from "hono";
import type { AppEnv } from "../http.ts";

/**
 * Headers of every staff page. Nothing runs or shows but what carries the nonce; nothing is kept by a cache; the
 * page cannot be framed. `same-origin` as referrer policy, because with `no-referrer` browsers send our own forms
 * with `Origin: null`.
 */
export function guardHeaders(c: HonoContext<AppEnv>, nonce: string): void {
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "img-src data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  c.header("content-security-policy", policy.join("; "));
  c.header("cache-control", "no-store");
  c.header("referrer-policy", "same-origin");
  c.header("x-content-type-options", "nosniff");
  c.header("cross-origin-opener-policy", "same-origin");
  c.header("cross-origin-resource-policy", "same-origin");
  c.header("permissions-policy", "camera=(), microphone=(), geolocation=()");
  c.header("strict-transport-security", "max-age=31536000; includeSubDomains");
}
