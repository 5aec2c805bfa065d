import type { Context as HonoContext } from "hono";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { raiseAlarm } from "../alarms.ts";
import { type Context, contextFor } from "../context.ts";
import { findTenant } from "../directory.ts";
import { HearbackError } from "../errors.ts";
import { type AppEnv, readBody } from "../http.ts";

const MAX_BODY_BYTES = 64_000;

/**
 * The verified form of a webhook from Twilio, and the tenant's context. The signature is checked over the public
 * address from the settings (never Host or forwarded headers) with every parameter, before any database is read.
 * Throws FORBIDDEN for a forged one, and, after an alarm, for one of another account that has our secret.
 */
export async function verifiedTwilioForm(
  c: HonoContext<AppEnv>,
): Promise<{ ctx: Context; form: Record<string, string>; body: string }> {
  const env = c.get("env");
  if (!(c.req.header("content-type") ?? "").startsWith("application/x-www-form-urlencoded")) {
    throw new HearbackError("UNSUPPORTED_TYPE", "Expected a form.");
  }
  const body = await readBody(c.req.raw, MAX_BODY_BYTES);
  const form = asForm(body);
  const { pathname, search } = new URL(c.req.url);
  const signature = c.req.header("x-twilio-signature") ?? "";
  if (!validateRequest(env.TWILIO_AUTH_TOKEN, signature, `${env.PUBLIC_URL}${pathname}${search}`, form)) {
    throw new HearbackError("FORBIDDEN", "The signature does not fit.");
  }
  const opened = await findTenant(env, { slug: c.req.param("tenant") ?? "" });
  if (!opened) throw new HearbackError("NOT_FOUND", "There is no such tenant.");
  const ctx = contextFor(env, opened, { type: "webhook", source: "twilio" }, c.get("now"), c.get("requestId"));
  if (form.AccountSid !== undefined && form.AccountSid !== env.TWILIO_ACCOUNT_SID) {
    await ctx.db.run(raiseAlarm(ctx, "foreign_callback", "twilio", { reason: "other_account" }));
    throw new HearbackError("FORBIDDEN", "This is another account's.");
  }
  return { ctx, form, body };
}

/** Twilio names no parameter twice; of two, one would be read and the other signed. */
function asForm(body: string): Record<string, string> {
  const pairs = [...new URLSearchParams(body)];
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) {
    throw new HearbackError("BAD_REQUEST", "A parameter is named twice.");
  }
  return Object.fromEntries(pairs);
}
