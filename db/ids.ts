/** Ids that say what they name: a prefix and a UUIDv7, so that rows written together lie together. */
const PREFIXES = {
  tenant: "ten",
  key: "key",
  apiKey: "apk",
  office: "off",
  patient: "pat",
  contactPoint: "cpt",
  appointment: "apt",
  change: "chg",
  touch: "tch",
  attempt: "att",
  deliveryEvent: "dev",
  optOut: "opt",
  pause: "pse",
  invite: "inv",
  inbound: "inb",
  snapshot: "snp",
  job: "job",
  schedule: "sch",
  run: "run",
  alarm: "alm",
} as const;

export type IdKind = keyof typeof PREFIXES;

/** A new id such as `tch_019aa5…`: unique, ordered by creation time, no meaning beyond that. `at` is epoch ms. */
export function newId(kind: IdKind, at: number): string {
  return `${PREFIXES[kind]}_${uuidv7(at).replaceAll("-", "")}`;
}

/** A UUIDv7 (RFC 9562): 48 bits of epoch milliseconds, then random. */
export function uuidv7(at: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(at / 0x10000));
  view.setUint16(4, at % 0x10000);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
