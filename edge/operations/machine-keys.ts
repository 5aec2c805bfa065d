import { Buffer } from "node:buffer";
import { and, eq, gt, isNull, ne, or } from "drizzle-orm";
import { auditEvents } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { apiKeys } from "../../db/schema/directory.ts";
import { type Context, stamp } from "../context.ts";
import { randomToken } from "../crypto.ts";
import type { Env } from "../env.ts";
import { sealWithKek } from "../keys.ts";

const NAME = "container";
const HOUR_MS = 3_600_000;

/** What the container signs with. The secret is sealed in its row, and in clear only in the answer that tells it. */
export type MachineKey = { id: string; secret: string };

/** A new key for a clinic's container, and the row that the directory keeps of it. */
export async function makeMachineKey(
  env: Env,
  tenantId: string,
  now: number,
): Promise<{ key: MachineKey; row: typeof apiKeys.$inferInsert }> {
  const id = newId("apiKey", now);
  const secret = `whsec_${Buffer.from(randomToken(32), "base64url").toString("base64")}`;
  const sealedSecret = await sealWithKek(env.KEY_ENCRYPTION_KEYS, { table: "api_keys", row: id }, secret);
  const verbs = JSON.stringify(["appointments:write", "jobs:work"]);
  return { key: { id, secret }, row: { id, tenantId, name: NAME, verbs, sealedSecret, createdAt: now } };
}

/**
 * Another key for the clinic's container. Those before it go on for `overlapHours`, so that the container can be given
 * the new one meanwhile, and are refused from then on (`olderUntil`, epoch ms); none is made to last longer than it did.
 */
export async function rotateMachineKey(
  ctx: Context,
  overlapHours: number,
): Promise<{ key: MachineKey; olderUntil: number }> {
  const now = ctx.now();
  const olderUntil = now + overlapHours * HOUR_MS;
  const { key, row } = await makeMachineKey(ctx.env, ctx.tenant.id, now);
  const older = and(
    eq(apiKeys.tenantId, ctx.tenant.id),
    eq(apiKeys.name, NAME),
    ne(apiKeys.id, key.id),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, olderUntil)),
  );
  await ctx.directory.batch([
    ctx.directory.insert(apiKeys).values(row),
    ctx.directory.update(apiKeys).set({ expiresAt: olderUntil }).where(older),
  ]);
  const details = { olderUntil };
  await ctx.db.run(auditEvents(stamp(ctx), [{ action: "machine_key.rotated", entityId: key.id, details }]));
  return { key, olderUntil };
}
