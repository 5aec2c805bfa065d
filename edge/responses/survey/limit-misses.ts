import { sha256 } from "../../crypto.ts";
import type { PatientContext } from "./visit.ts";

/** A person who mistypes never gets here; somebody who guesses does. */
const MISSES_PER_MINUTE = 100;
/** All addresses together: above this it stands in the log, once a minute. */
const ALL_MISSES_PER_MINUTE = 1_000;

/**
 * Counts a link that is not open against the caller's address; true when there were too many. Links that are open are
 * never counted, so a whole clinic behind one address may answer. Without the buckets nobody is turned away.
 */
export async function limitMisses(c: PatientContext): Promise<boolean> {
  const address = c.req.header("cf-connecting-ip") ?? "unknown";
  try {
    const [own, all] = await Promise.all([
      take(c, `misses:${await sha256(address)}`, MISSES_PER_MINUTE),
      take(c, "misses:all", ALL_MISSES_PER_MINUTE),
    ]);
    if (!all && (await take(c, "misses:told", 1))) {
      c.var.log.error("links are being guessed", { per_minute: ALL_MISSES_PER_MINUTE });
    }
    return !own;
  } catch {
    return false;
  }
}

async function take(c: PatientContext, name: string, perMinute: number): Promise<boolean> {
  const buckets = c.var.env.RATE_BUCKET;
  const answer = await buckets
    .get(buckets.idFromName(name))
    .fetch(`https://bucket/?n=1&rate=${perMinute / 60}&burst=${perMinute}`);
  const { granted } = (await answer.json()) as { granted: number };
  return granted > 0;
}
