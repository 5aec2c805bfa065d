import { and, eq } from "drizzle-orm";
import { auditEvents } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { apiKeys, tenantKeys } from "../../db/schema/directory.ts";
import { type Context, stamp } from "../context.ts";
import { directoryOf, forgetDirectory } from "../directory.ts";
import type { Env } from "../env.ts";
import { makeWrappedKey, openWithKek, rewrap, sealWithKek } from "../keys.ts";
import { wake } from "../wake.ts";

/**
 * Wraps every tenant's keys and every machine's secret under the current key-encryption key, the first in
 * KEY_ENCRYPTION_KEYS. Returns how many were wrapped by another; when it returns zeros, the others may be taken out of
 * the settings. Can be repeated and broken off at any point.
 */
export async function rotateKek(env: Env): Promise<{ keys: number; secrets: number }> {
  const directory = directoryOf(env);
  const keks = env.KEY_ENCRYPTION_KEYS;
  const rotated = { keys: 0, secrets: 0 };
  for (const row of await directory.select().from(tenantKeys)) {
    const wrapped = await rewrap(keks, row.tenantId, row);
    if (wrapped === null) continue;
    const same = and(
      eq(tenantKeys.tenantId, row.tenantId),
      eq(tenantKeys.keyId, row.keyId),
      eq(tenantKeys.wrapped, row.wrapped),
    );
    await directory.update(tenantKeys).set({ wrapped }).where(same);
    rotated.keys += 1;
  }
  for (const { id, sealedSecret } of await directory.select().from(apiKeys)) {
    if (sealedSecret.startsWith(`${keks[0]?.id}.`)) continue;
    const place = { table: "api_keys", row: id };
    const again = await sealWithKek(keks, place, await openWithKek(keks, place, sealedSecret));
    await directory
      .update(apiKeys)
      .set({ sealedSecret: again })
      .where(and(eq(apiKeys.id, id), eq(apiKeys.sealedSecret, sealedSecret)));
    rotated.secrets += 1;
  }
  forgetDirectory();
  return rotated;
}

/**
 * Makes a new data key, with which all is sealed from now on. The older ones stay for reading until the minute has
 * sealed anew what they sealed (`reseal`). The key of the blind indexes stays, or nobody would be found any more.
 */
export async function rotateDataKey(ctx: Context): Promise<{ keyId: string }> {
  const now = ctx.now();
  const keyId = newId("key", now);
  const made = await makeWrappedKey(ctx.env.KEY_ENCRYPTION_KEYS, ctx.tenant.id, keyId, "seal");
  await ctx.directory.batch([
    ctx.directory
      .update(tenantKeys)
      .set({ isCurrent: 0 })
      .where(and(eq(tenantKeys.tenantId, ctx.tenant.id), eq(tenantKeys.purpose, "seal"))),
    ctx.directory.insert(tenantKeys).values({ ...made, tenantId: ctx.tenant.id, createdAt: now }),
  ]);
  forgetDirectory();
  await ctx.db.run(auditEvents(stamp(ctx), [{ action: "key.rotated", entityId: keyId }]));
  await wake(ctx);
  return { keyId };
}
