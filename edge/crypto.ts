import { Buffer } from "node:buffer";

/** A data key, imported once; `id` goes into every value it sealed. */
export type SealKey = { id: string; key: CryptoKey };

/** One person-describing value's place: a sealed value moved to another row or table does not open. */
export type Place = { table: string; row: string };

const utf8 = new TextEncoder();
const IV_BYTES = 12;

/** Imports 32 bytes (base64) as an AES-256-GCM key. */
export async function importSealKey(id: string, base64: string): Promise<SealKey> {
  const bytes = Buffer.from(base64, "base64");
  return { id, key: await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]) };
}

/** Imports bytes as an HMAC-SHA-256 key. */
export async function importMacKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

/** `keyId.base64url(iv | ciphertext | tag)`, bound to its place and key by associated data. */
export async function seal(key: SealKey, place: Place, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: associatedData(place, key.id) },
    key.key,
    utf8.encode(text),
  );
  return `${key.id}.${Buffer.concat([iv, new Uint8Array(sealed)]).toString("base64url")}`;
}

/** A value was sealed under a key that is not at hand: made since by another isolate, or dropped. */
export class UnknownKey extends Error {
  constructor(keyId: string, table: string) {
    super(`no key ${keyId} to open ${table}`);
    this.name = "UnknownKey";
  }
}

/** The text again. Throws `UnknownKey` for a key that is not among `keys`, another error for a value moved or changed. */
export async function open(keys: readonly SealKey[], place: Place, sealed: string): Promise<string> {
  const dot = sealed.indexOf(".");
  const keyId = sealed.slice(0, dot);
  const key = keys.find((each) => each.id === keyId);
  if (!key) throw new UnknownKey(keyId, place.table);
  const bytes = new Uint8Array(Buffer.from(sealed.slice(dot + 1), "base64url"));
  const text = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: bytes.subarray(0, IV_BYTES), additionalData: associatedData(place, keyId) },
    key.key,
    bytes.subarray(IV_BYTES),
  );
  return new TextDecoder().decode(text);
}

function associatedData({ table, row }: Place, keyId: string): Uint8Array<ArrayBuffer> {
  return utf8.encode(`${table}|${row}|${keyId}`);
}

/** HMAC-SHA-256 of the text. */
export async function mac(key: CryptoKey, text: string): Promise<Buffer> {
  return Buffer.from(await crypto.subtle.sign("HMAC", key, utf8.encode(text)));
}

/** SHA-256 of the text, hex. For values that are random already: tokens and request bodies. */
export async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", utf8.encode(text))).toString("hex");
}

/** Random bytes as base64url, for tokens. */
export function randomToken(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}

/** Whether two texts are the same, in time that does not tell where they differ. */
export async function equalInConstantTime(one: string, other: string): Promise<boolean> {
  const key = await importMacKey(crypto.getRandomValues(new Uint8Array(32)));
  const expected = await mac(key, one);
  return crypto.subtle.verify("HMAC", key, new Uint8Array(expected), utf8.encode(other));
}
