import { Buffer } from "node:buffer";
import { importMacKey, sha256 } from "./crypto.ts";

const TENANT_BYTES = 2;
const RANDOM_BYTES = 16;
const MAC_BYTES = 3;
const PAYLOAD_BYTES = TENANT_BYTES + RANDOM_BYTES;
const TOKEN = /^[A-Za-z0-9_-]{28}$/;

export type LinkKeys = { id: string; key: string }[];

/**
 * A link's token: which tenant, 128 random bits, and 24 bits of HMAC that turn away made-up tokens before any
 * database is asked. 28 characters, so that a link fits one text segment. It says nothing about the person.
 */
export async function mintLinkToken(keys: LinkKeys, tenantNumber: number): Promise<{ token: string; hash: string }> {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  new DataView(payload.buffer).setUint16(0, tenantNumber);
  crypto.getRandomValues(payload.subarray(TENANT_BYTES));
  const [current] = keys;
  if (!current) throw new Error("no link key");
  const token = Buffer.concat([payload, await checksum(current.key, payload)]).toString("base64url");
  return { token, hash: await sha256(token) };
}

/** The tenant and the stored hash of a token that we made, else null. Older keys are still accepted. */
export async function readLinkToken(
  keys: LinkKeys,
  token: string,
): Promise<{ tenantNumber: number; hash: string } | null> {
  if (!TOKEN.test(token)) return null;
  const bytes = new Uint8Array(Buffer.from(token, "base64url"));
  const payload = bytes.slice(0, PAYLOAD_BYTES);
  const given = Buffer.from(bytes.subarray(PAYLOAD_BYTES));
  for (const { key } of keys) {
    if (given.equals(await checksum(key, payload))) {
      return { tenantNumber: new DataView(payload.buffer).getUint16(0), hash: await sha256(token) };
    }
  }
  return null;
}

/** Keys as imported, by their text: importing costs more than the checksum itself. */
const imported = new Map<string, CryptoKey>();

async function checksum(key: string, payload: Uint8Array<ArrayBuffer>): Promise<Buffer> {
  const macKey = imported.get(key) ?? (await importMacKey(new Uint8Array(Buffer.from(key, "base64"))));
  imported.set(key, macKey);
  return Buffer.from(await crypto.subtle.sign("HMAC", macKey, payload)).subarray(0, MAC_BYTES);
}
