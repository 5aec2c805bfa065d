import { Buffer } from "node:buffer";
import { equalInConstantTime, importMacKey, mac } from "../../crypto.ts";
import type { LinkKeys } from "../../link-token.ts";

/** Its name in the address. */
export const PROOF_PARAMETER = "sent";

const MINUTE_MS = 60_000;
const HOLDS_MINUTES = 60;

/**
 * Shows, for an hour, that answers were just taken through this link. It travels in the address of the thank-you page,
 * so that this page need not ask whether a link was used: whoever merely has the link must not learn that.
 */
export async function makeThanksProof(keys: LinkKeys, token: string, now: number): Promise<string> {
  const [current] = keys;
  if (!current) throw new Error("no link key");
  const until = (Math.floor(now / MINUTE_MS) + HOLDS_MINUTES).toString(36);
  return `${until}.${await sign(current.key, token, until)}`;
}

/** Whether the proof is ours, for this link, and still holds. Older keys are still accepted. */
export async function isThanksProof(keys: LinkKeys, token: string, proof: string, now: number): Promise<boolean> {
  const [until = "", signature = ""] = proof.split(".");
  if (!(Number.parseInt(until, 36) * MINUTE_MS > now)) return false;
  for (const { key } of keys) {
    if (await equalInConstantTime(signature, await sign(key, token, until))) return true;
  }
  return false;
}

async function sign(key: string, token: string, until: string): Promise<string> {
  const whole = await mac(await importMacKey(new Uint8Array(Buffer.from(key, "base64"))), `thanks\n${token}\n${until}`);
  return whole.subarray(0, 12).toString("base64url");
}
