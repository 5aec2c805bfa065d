import { eq } from "drizzle-orm";
import { connect, type Db, type StoreSettings } from "../db/connect.ts";
import { tenantKeys, tenants } from "../db/schema/directory.ts";
import { UnknownKey } from "./crypto.ts";
import type { Env } from "./env.ts";
import { type TenantKeys, unwrapTenantKeys } from "./keys.ts";
import { TenantSettings } from "./tenant-settings.ts";

/** A clinic as the rest of the code sees it. */
export type Tenant = {
  id: string;
  number: number;
  slug: string;
  name: string;
  database: string;
  status: "active" | "suspended";
  settings: TenantSettings;
};

/** What a tenant may be asked for by. */
type TenantName = { slug: string } | { number: number } | { id: string };

export type Opened = { tenant: Tenant; keys: TenantKeys; db: Db };

/** How long an isolate trusts what it read of the directory: a changed setting is seen everywhere after this. */
const CACHE_MS = 15_000;
/** The store's part of a request's five seconds. */
const STORE_DEADLINE_MS = 4_000;
export const DIRECTORY_DATABASE = "directory";

type Entry = { opened: Opened | null; readAt: number };
const cache = new Map<string, Entry>();

/**
 * A client of the directory. What is read of it is mostly remembered for longer than the store keeps a connection, so
 * it keeps none, unless it is asked `often`: then a kept one saves the store most of its work.
 */
export function directoryOf(env: Env, { often = false } = {}): Db {
  return connect({ ...storeOf(env), keepsNone: !often }, DIRECTORY_DATABASE);
}

/** A client of one database of this store, with our deadline. */
export function database(env: Env, name: string): Db {
  return connect(storeOf(env), name);
}

function storeOf(env: Env): StoreSettings {
  return { url: env.STORE_URL, authToken: env.STORE_AUTH_TOKEN, deadlineMs: STORE_DEADLINE_MS };
}

/**
 * The tenant by slug, number or id, with its keys; null when there is none. Remembered for some seconds per isolate,
 * unless it is to be `fresh`.
 */
export async function findTenant(env: Env, by: TenantName, options: { fresh?: boolean } = {}): Promise<Opened | null> {
  const known = options.fresh ? undefined : cache.get(keyOf(env, by));
  if (known && Date.now() - known.readAt < CACHE_MS) return known.opened;
  const opened = await readTenant(env, by);
  // An unknown name is not remembered: the list must not grow with guesses, and a new tenant is there at once.
  if (opened) remember(env, opened);
  return opened;
}

/** What this isolate last read of the tenant with this number, however long ago; for what must work without the store. */
export function rememberedTenant(env: Env, number: number): Opened | null {
  return cache.get(keyOf(env, { number }))?.opened ?? null;
}

/** The one tenant of this desk; null when it serves several. */
export async function findOnlyTenant(env: Env): Promise<Opened | null> {
  const rows = await directoryOf(env).select({ number: tenants.number }).from(tenants).limit(2);
  const [only] = rows;
  return only && rows.length === 1 ? findTenant(env, only) : null;
}

function remember(env: Env, opened: Opened): void {
  const { slug, number, id } = opened.tenant;
  for (const by of [{ slug }, { number }, { id }]) cache.set(keyOf(env, by), { opened, readAt: Date.now() });
}

function keyOf(env: Env, by: TenantName): string {
  return `${env.STORE_URL} ${JSON.stringify(by)}`;
}

/** Reads everything anew from now on, after this isolate itself changed the directory. */
export function forgetDirectory(): void {
  for (const entry of cache.values()) entry.readAt = 0;
}

async function readTenant(env: Env, by: TenantName): Promise<Opened | null> {
  const directory = directoryOf(env);
  const which =
    "slug" in by ? eq(tenants.slug, by.slug) : "number" in by ? eq(tenants.number, by.number) : eq(tenants.id, by.id);
  const rows = await directory
    .select({ tenant: tenants, key: tenantKeys })
    .from(tenants)
    .innerJoin(tenantKeys, eq(tenantKeys.tenantId, tenants.id))
    .where(which);
  const row = rows[0]?.tenant;
  if (!row) return null;
  const keys = await unwrapTenantKeys(
    env.KEY_ENCRYPTION_KEYS,
    row.id,
    rows.map(({ key }) => key),
  );
  const { id, number, slug, name, status } = row;
  const settings = TenantSettings.parse(JSON.parse(row.settings));
  return {
    tenant: { id, number, slug, name, database: row.database, status, settings },
    keys: openAlsoNewer(env, id, keys),
    db: database(env, row.database),
  };
}

/** A key that another isolate made since is fetched when something that it sealed is to be opened. */
function openAlsoNewer(env: Env, tenantId: string, keys: TenantKeys): TenantKeys {
  let latest = keys;
  return {
    ...keys,
    async open(place, sealed) {
      try {
        return await latest.open(place, sealed);
      } catch (error) {
        if (!(error instanceof UnknownKey)) throw error;
        const rows = await directoryOf(env).select().from(tenantKeys).where(eq(tenantKeys.tenantId, tenantId));
        latest = await unwrapTenantKeys(env.KEY_ENCRYPTION_KEYS, tenantId, rows);
        return latest.open(place, sealed);
      }
    },
  };
}
