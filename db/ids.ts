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
  nudge: "ndg",
  step: "stp",
  mediaBuy: "buy",
  consent: "cst",
  call: "cal",
  visitRequest: "vrq",
  product: "prd",
  purchase: "pur",
  erasure: "ers",
  exportFile: "exf",
  exportPart: "exp",
  delivery: "dlv",
} as const;

export type IdKind = keyof typeof PREFIXES;

/** A new id such as `tch_019aa5…`: unique, ordered by creation time, no meaning beyond that. `at` is epoch ms. */
export function newId(kind: IdKind, at: number): string {
  return `${PREFIXES[kind]}_${uuidv7(at).replaceAll("-", "")}`;
}

/** A UUIDv7 (RFC 9562): 48 bits of epoch milliseconds, then random. */
export function uuidv7(at: number): string {
  const time = at.toString(16).padStart(12, "0");
  // The platform's own random UUID gives the random part and the variant; only time and version are ours.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
