import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { todayIn } from "../visits.ts";
import type { World } from "./world.ts";

/** So many people to be texted, all of them due and held back until they are let go. */
export async function heldBack(world: World, count: number): Promise<void> {
  const { db } = world.clinic;
  await db.run(sql`INSERT INTO pauses (id, reason, by, created_at) VALUES ('pse_load', 'load', 'load', 0)`);
  await world.clinic.push(todayIn(), world.people(count));
  await world.wake();
  const [row] = await db.all<{ n: number }>(sql`SELECT count(*) AS n FROM touches WHERE status = 'planned'`);
  assert.equal(row?.n, count);
}

export async function letGo({ clinic: { db } }: World): Promise<void> {
  await db.run(sql`UPDATE pauses SET lifted_at = 1`);
}
