import { and, eq, isNull } from "drizzle-orm";
import type { Context as HonoContext } from "hono";
import { apiKeys } from "../../db/schema/directory.ts";
import { usedRequestIds } from "../../db/schema/operations.ts";
import { raiseAlarm } from "../alarms.ts";
import { type Context, contextFor } from "../context.ts";
import { KEY_HEADER } from "../contract/jobs.ts";
import { sha256 } from "../crypto.ts";
import { directoryOf, findTenant } from "../directory.ts";
import { HearbackError } from "../errors.ts";
import { type AppEnv, readBody } from "../http.ts";
import { openWithKek } from "../keys.ts";
import { isSignedBy } from "../signature.ts";

/** What a machine's key may do. */
export type Verb = "appointments:write" | "jobs:work";

export type SignedRequest = { ctx: Context; body: string; requestId: string };

/** A push of 200 rows is about 60 kB; this leaves room and stops floods. */
const MAX_BODY_BYTES = 1_000_000;

/**
 * Checks the caller's key, signature (Standard Webhooks: id, time within five minutes, body) and verb, and returns
 * the tenant's context with the verified body. Throws UNAUTHENTICATED or FORBIDDEN before any tenant data is read.
 * The same request id with another body is a CONFLICT; with the same body it passes, since every verb is idempotent.
 */
export async function signedRequest(c: HonoContext<AppEnv>, verb: Verb): Promise<SignedRequest> {
  const env = c.get("env");
  const keyId = c.req.header(KEY_HEADER) ?? "";
  const requestId = c.req.header("webhook-id") ?? "";
  const body = await readBody(c.req.raw, MAX_BODY_BYTES);
  const key = await findKey(c, keyId);
  if (!key || !(await isSigned(c, key, body))) {
    throw new HearbackError("UNAUTHENTICATED", "The signature, its time or the key is not valid.");
  }
  const opened = await findTenant(env, { slug: c.req.param("tenant") ?? "" });
  if (!opened || opened.tenant.id !== key.tenantId) {
    await alarmOwner(c, key);
    throw new HearbackError("FORBIDDEN", "This key does not belong to this tenant.");
  }
  if (!key.verbs.includes(verb)) throw new HearbackError("FORBIDDEN", `This key may not ${verb}.`);
  const ctx = contextFor(env, opened, { type: "machine", keyId }, c.get("now"), c.get("requestId"));
  await refuseReusedId(ctx, keyId, requestId, `${c.req.path}\n${body}`);
  return { ctx, body, requestId };
}

/** The clinic whose key it is learns of it, not the one it was tried on. */
async function alarmOwner(c: HonoContext<AppEnv>, key: ApiKey): Promise<void> {
  c.get("log").warn("key used for another tenant", { key_id: key.id });
  const owner = await findTenant(c.get("env"), { id: key.tenantId });
  if (!owner) return;
  const ctx = contextFor(c.get("env"), owner, { type: "machine", keyId: key.id }, c.get("now"), c.get("requestId"));
  await ctx.db.run(raiseAlarm(ctx, "key_misused", key.id, {}));
}

type ApiKey = { id: string; tenantId: string; verbs: string[]; sealedSecret: string };

async function findKey(c: HonoContext<AppEnv>, keyId: string): Promise<ApiKey | null> {
  if (!/^apk_[0-9a-f]{32}$/.test(keyId)) return null;
  // Pushes and a container's asking for work come many to a minute, from few machines.
  const [row] = await directoryOf(c.get("env"), { often: true })
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt)));
  if (!row || (row.expiresAt !== null && row.expiresAt <= c.get("now")())) return null;
  return { ...row, verbs: JSON.parse(row.verbs) as string[] };
}

async function isSigned(c: HonoContext<AppEnv>, key: ApiKey, body: string): Promise<boolean> {
  const place = { table: "api_keys", row: key.id };
  const secret = await openWithKek(c.get("env").KEY_ENCRYPTION_KEYS, place, key.sealedSecret);
  return isSignedBy([secret], body, c.req.header());
}

async function refuseReusedId(ctx: Context, keyId: string, requestId: string, request: string): Promise<void> {
  const bodyHash = await sha256(request);
  const [, used] = await ctx.db.batch([
    ctx.db.insert(usedRequestIds).values({ keyId, requestId, bodyHash, at: ctx.now() }).onConflictDoNothing(),
    ctx.db
      .select({ bodyHash: usedRequestIds.bodyHash })
      .from(usedRequestIds)
      .where(and(eq(usedRequestIds.keyId, keyId), eq(usedRequestIds.requestId, requestId))),
  ]);
  if (used[0]?.bodyHash !== bodyHash) {
    throw new HearbackError("CONFLICT", "This webhook-id was used for another request.");
  }
}
