import { sql } from "drizzle-orm";
import { writeProbe } from "../../db/schema/directory.ts";
import { directoryOf } from "../directory.ts";
import type { Env } from "../env.ts";

/** However often somebody asks, the store is written to at most this often by one isolate. */
const TRUST_MS = 2_000;

const lastWritten = new Map<string, number>();

/**
 * Resolves when the store has taken a write just now; throws when it does not, or not within its deadline. Reading is
 * no proof: sqld answers reads, and its own health check, with a full disk.
 */
export async function storeTakesWrites(env: Env, now: number): Promise<void> {
  if (now - (lastWritten.get(env.STORE_URL) ?? 0) < TRUST_MS) return;
  await directoryOf(env)
    .insert(writeProbe)
    .values({ id: 1, at: now })
    .onConflictDoUpdate({ target: writeProbe.id, set: { at: sql`excluded.at` } });
  lastWritten.set(env.STORE_URL, now);
}
