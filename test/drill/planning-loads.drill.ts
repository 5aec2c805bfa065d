import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { activeNudges } from "../bench/active-nudges.ts";
import { operator } from "../harness.ts";
import { load } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: L-2 (planned a second time). Without pages, one nudge of 100,000 does not fit. */

/** A quarter of what Cloudflare lets an isolate hold. */
const HEAP_MB = 32;

export const planning = load(
  "a hundred thousand due messages are planned within 32 MB, by twenty nudges or by one, and a second run plans none of them again [L-2]",
  async (kit) => {
    const people = kit.rounds(4_000, 100_000);
    for (const nudges of [20, 1]) {
      const world = await kit.world({ heapMB: HEAP_MB });
      await activeNudges(world.edge(), world.clinic, { people, nudges });
      const began = performance.now();
      assert.deepEqual(await planAll(world), { planned: people, duplicates: 0, tooLarge: 0 });
      const seconds = (performance.now() - began) / 1000;
      assert.deepEqual(await planAll(world), { planned: 0, duplicates: people, tooLarge: 0 });
      const [made] = await world.clinic.db.all<{ messages: number; visits: number; events: number }>(
        sql`SELECT count(*) AS messages, count(DISTINCT appointment_id) AS visits,
          (SELECT count(*) FROM audit WHERE action = 'touch.planned') AS events FROM touches`,
      );
      assert.deepEqual(made, { messages: people, visits: people, events: people });
      kit.report({ [`secondsBy${nudges}`]: Number(seconds.toFixed(1)), people, heapLimitMB: HEAP_MB });
      if (kit.isLong) assert.ok(seconds < 60, `${seconds} s`);
    }
  },
  {
    guard: [
      {
        file: "edge/engagement/want-step.ts",
        clause: 'const minute = anchorAt === null ? "once" : Math.floor(anchorAt / MINUTE_MS);',
        without: "const minute = Math.random() + MINUTE_MS + (anchorAt ?? 0);",
      },
    ],
  },
);

/** One run of the nudges, as their schedule starts it. */
async function planAll(world: World) {
  const answer = await operator(world.edge(), "/admin/v1/nudges/run", { tenant: world.clinic.slug });
  const { planned, duplicates, tooLarge } = (await answer.json()) as Record<string, number>;
  return { planned, duplicates, tooLarge };
}
