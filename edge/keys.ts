import { Buffer } from "node:buffer";
import { importMacKey, importSealKey, mac, open, type Place, type SealKey, seal } from "./crypto.ts";

/** What a blind index is over. Each label gives unrelated values for the same text. */
export type IndexLabel =
  | "identity"
  | "address"
  | "appointment"
  | "content"
  | "body"
  | "response"
  | "inbound"
  | "request"
  | "audit";

/** One tenant's keys: seal and open what says who somebody is, and look it up without opening. */
export type TenantKeys = {
  currentKeyId: string;
  /** Since when that is so, epoch ms. */
  currentSince: number;
  /** Keys that only open. */
  olderKeyIds: string[];
  seal(place: Place, text: string): Promise<string>;
  open(place: Place, sealed: string): Promise<string>;
  /** 128 bits of HMAC-SHA-256, base64url. Equal texts give equal values within the tenant, and nowhere else. */
  blindIndex(label: IndexLabel, text: string): Promise<string>;
};

export type WrappedKey = { keyId: string; purpose: "seal" | "index"; wrapped: string; isCurrent: number };
export type StoredKey = WrappedKey & { createdAt: number };

/** Key-encryption keys as the settings give them, current first. */
export type KeyEncryptionKeys = { id: string; key: string }[];

/** Unwraps a tenant's keys. Throws when none is current, or when the key-encryption key is not among those given. */
export async function unwrapTenantKeys(
  keks: KeyEncryptionKeys,
  tenantId: string,
  rows: StoredKey[],
): Promise<TenantKeys> {
  const wrappers = await importKeks(keks);
  const sealKeys: SealKey[] = [];
  let current: (SealKey & { since: number }) | undefined;
  let indexKey: CryptoKey | undefined;
  for (const row of rows) {
    const raw = await open(wrappers, keyPlace(tenantId, row.keyId), row.wrapped);
    if (row.purpose === "index") {
      indexKey = await importMacKey(new Uint8Array(Buffer.from(raw, "base64")));
      continue;
    }
    const key = await importSealKey(row.keyId, raw);
    sealKeys.push(key);
    if (row.isCurrent === 1) current = { ...key, since: row.createdAt };
  }
  if (!current || !indexKey) throw new Error("tenant has no current keys");
  return tenantKeys(sealKeys, current, indexKey);
}

function tenantKeys(sealKeys: SealKey[], current: SealKey & { since: number }, indexKey: CryptoKey): TenantKeys {
  return {
    currentKeyId: current.id,
    currentSince: current.since,
    olderKeyIds: sealKeys.filter(({ id }) => id !== current.id).map(({ id }) => id),
    seal: (place, text) => seal(current, place, text),
    open: (place, sealed) => open(sealKeys, place, sealed),
    async blindIndex(label, text) {
      const whole = await mac(indexKey, `${label}\0${text}`);
      return whole.toString("base64url", 0, 16);
    },
  };
}

/** A new random data key, wrapped under the current key-encryption key. */
export async function makeWrappedKey(
  keks: KeyEncryptionKeys,
  tenantId: string,
  keyId: string,
  purpose: "seal" | "index",
): Promise<WrappedKey> {
  const raw = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64");
  return { keyId, purpose, isCurrent: 1, wrapped: await wrap(keks, tenantId, keyId, raw) };
}

/** The same key under the current key-encryption key; null when it is so already. */
export async function rewrap(keks: KeyEncryptionKeys, tenantId: string, row: WrappedKey): Promise<string | null> {
  if (row.wrapped.startsWith(`${keks[0]?.id}.`)) return null;
  const raw = await open(await importKeks(keks), keyPlace(tenantId, row.keyId), row.wrapped);
  return wrap(keks, tenantId, row.keyId, raw);
}

/** Seals a secret that belongs to no tenant's data, such as a machine's signing secret. */
export async function sealWithKek(keks: KeyEncryptionKeys, place: Place, text: string): Promise<string> {
  const [current] = await importKeks(keks);
  if (!current) throw new Error("no key-encryption key");
  return seal(current, place, text);
}

export async function openWithKek(keks: KeyEncryptionKeys, place: Place, sealed: string): Promise<string> {
  return open(await importKeks(keks), place, sealed);
}

async function wrap(keks: KeyEncryptionKeys, tenantId: string, keyId: string, raw: string): Promise<string> {
  return sealWithKek(keks, keyPlace(tenantId, keyId), raw);
}

function keyPlace(tenantId: string, keyId: string): Place {
  return { table: "tenant_keys", row: `${tenantId}/${keyId}` };
}

async function importKeks(keks: KeyEncryptionKeys): Promise<SealKey[]> {
  return Promise.all(keks.map(({ id, key }) => importSealKey(id, key)));
}
