import { Buffer } from "node:buffer";
import { and, eq } from "drizzle-orm";
import type { Context as HonoContext } from "hono";
import { newId } from "../../db/ids.ts";
import { inboundMessages } from "../../db/schema/operations.ts";
import { type Context, contextFor } from "../context.ts";
import { equalInConstantTime } from "../crypto.ts";
import { findTenant } from "../directory.ts";
import { HearbackError } from "../errors.ts";
import { type AppEnv, readBody } from "../http.ts";

const MAX_BODY_BYTES = 1_000_000;
/** The user name of every caller that proves itself by password. */
const USER = "hearback";

/**
 * A post by a provider that cannot sign but can say a password (Basic): its body and the tenant's context. The password
 * comes before the body and before any database. Throws UNAUTHENTICATED, NOT_FOUND where the provider is not set up or
 * the tenant is unknown, TOO_LARGE.
 */
export async function passwordPost(
  c: HonoContext<AppEnv>,
  { source, secret }: { source: string; secret: string | undefined },
): Promise<{ ctx: Context; raw: string }> {
  const env = c.get("env");
  if (!secret) throw new HearbackError("NOT_FOUND", "This provider is not set up here.");
  const expected = `Basic ${Buffer.from(`${USER}:${secret}`).toString("base64")}`;
  if (!(await equalInConstantTime(expected, c.req.header("authorization") ?? ""))) {
    throw new HearbackError("UNAUTHENTICATED", "The user or the password is wrong.");
  }
  const raw = await readBody(c.req.raw, MAX_BODY_BYTES);
  const opened = await findTenant(env, { slug: c.req.param("tenant") ?? "" });
  if (!opened) throw new HearbackError("NOT_FOUND", "There is no such tenant.");
  const ctx = contextFor(env, opened, { type: "webhook", source }, c.get("now"), c.get("requestId"));
  return { ctx, raw };
}

/** `key` is a keyed hash of the post, by which it is kept. */
export type KeptPost = { key: string; raw: string };

/** Keeps the raw post sealed, before anything is made of it. A repeat is the same row. */
export async function keepPost(ctx: Context, source: string, raw: string): Promise<KeptPost> {
  const key = await ctx.keys.blindIndex("inbound", raw);
  const sealed = await ctx.keys.seal({ table: "inbound_messages", row: key }, raw);
  await ctx.db
    .insert(inboundMessages)
    .values({
      id: newId("inbound", ctx.now()),
      source,
      dedupeKey: key,
      bodyKey: key,
      sealed,
      status: "received",
      receivedAt: ctx.now(),
    })
    .onConflictDoNothing();
  return { key, raw };
}

/** Notes that a kept post was handled, or what of it could not be read. */
export async function settlePost(ctx: Context, source: string, key: string, error: string | null): Promise<void> {
  await ctx.db
    .update(inboundMessages)
    .set({ status: error ? "rejected" : "processed", error })
    .where(and(eq(inboundMessages.source, source), eq(inboundMessages.dedupeKey, key)));
}
