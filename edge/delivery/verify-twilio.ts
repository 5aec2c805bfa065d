import type { Context as HonoContext } from "hono";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { type Context, contextFor } from "../context.ts";
import { findTenant } from "../directory.ts";
import { HearbackError } from "../errors.ts";
import { type AppEnv, readBody } from "../http.ts";

const MAX_BODY_BYTES = 64_000;

/**
 * The verified form of a webhook from Twilio, and the tenant's context. The signature is checked over the public
 * address from the settings (never Host or forwarded headers) with every parameter, before any database is read.
 * Throws FORBIDDEN for a forged one.
 */
export async function verifiedTwilioForm(
  c: HonoContext<AppEnv>,
): Promise<{ ctx: Context; form: Record<string, string>; body: string }> {
  const env = c.get("env");
  if (!(c.req.header("content-type") ?? "").startsWith("application/x-www-form-urlencoded")) {
    throw new HearbackError("UNSUPPORTED_TYPE", "Expected a form.");
  }
  const body = await readBody(c.req.raw, MAX_BODY_BYTES);
  const form = Object.fromEntries(new URLSearchParams(body));
  const { pathname, search } = new URL(c.req.url);
  const signature = c.req.header("x-twilio-signature") ?? "";
  if (!validateRequest(env.TWILIO_AUTH_TOKEN, signature, `${env.PUBLIC_URL}${pathname}${search}`, form)) {
    throw new HearbackError("FORBIDDEN", "The signature does not fit.");
  }
  const opened = await findTenant(env, { slug: c.req.param("tenant") ?? "" });
  if (!opened) throw new HearbackError("NOT_FOUND", "There is no such tenant.");
  const ctx = contextFor(env, opened, { type: "webhook", source: "twilio" }, c.get("now"), c.get("requestId"));
  return { ctx, form, body };
}
