import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { load } from "./drill.ts";
import { heldBack, letGo } from "./held-back.ts";

/* Seen red with the guard off: L-3 (twice the rate in a second), L-8 (Workers that take each other's claims, without end). */

/** What leaves evenly arrives a little less so: a twentieth of a second's worth. */
const UNEVEN = 1.05;

export const steadyRate = load(
  "a backlog drains at the sender's rate, and no second sees more than one message above what it allows [L-3]",
  async (kit) => {
    // Slow in the short form: a quarter of a second that a busy machine loses is then one message.
    const rate = kit.rounds(5, 50);
    const count = rate * kit.rounds(8, 600);
    const world = await kit.world({ settings: { SENDER_RATE_PER_SECOND: String(rate) } });
    await heldBack(world, count);
    world.twilio.tune({ callbacks: "none" });
    await letGo(world);
    const began = performance.now();
    await world.settle(kit.rounds(60_000, 1_800_000));
    const seconds = (performance.now() - began) / 1000;
    const most = mostInASecond(world.twilio.ledger.flatMap(({ event, at }) => (event === "accepted" ? at : [])));
    kit.report({ messages: count, rate, mostInASecond: most, perSecond: Math.round(count / seconds) });
    assert.ok(most <= rate * UNEVEN + kit.rounds(2, 1), `${most} in one second, of ${rate} allowed`);
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "edge/delivery/pace.ts",
        clause: "if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));",
        without: "void waitMs;",
      },
    ],
  },
);

const CLAIMERS = 8;

export const claimers = load(
  "eight Workers that claim from one backlog at once hand over each message once [L-8]",
  async (kit) => {
    const count = kit.rounds(400, 77_000);
    const world = await kit.world();
    const others = await Promise.all(Array.from({ length: CLAIMERS - 1 }, () => world.secondEdge()));
    await heldBack(world, count);
    world.twilio.tune({ callbacks: "none", providerDelayMs: 30 });
    await letGo(world);
    const began = performance.now();
    await Promise.all([world.edge(), ...others].map((edge) => world.wake(edge)));
    await world.settle(kit.rounds(60_000, 3_600_000));
    const perSecond = Math.round((count / (performance.now() - began)) * 1000);
    const accepted = world.twilio.ledger.filter(({ event }) => event === "accepted").length;
    assert.equal(accepted, count);
    const doubled = sql`SELECT touch_id FROM attempts GROUP BY touch_id HAVING count(*) > 1`;
    assert.deepEqual(await world.clinic.db.all(doubled), [], "one attempt each");
    kit.report({ messages: count, claimers: CLAIMERS, perSecond, ...(await world.check()) });
  },
  {
    guard: [
      {
        file: "edge/delivery/claim.ts",
        clause: "AS due WHERE due.status = 'planned' AND",
        without: "AS due WHERE due.status IN ('planned', 'claimed', 'sending') AND",
      },
      { file: "edge/delivery/claim.ts", clause: "LIMIT ${limit}) AND status = 'planned'", without: "LIMIT ${limit})" },
    ],
  },
);

/** The most that happened within any thousand milliseconds. */
function mostInASecond(times: number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  let from = 0;
  return Math.max(
    ...sorted.map((at, index) => {
      while ((sorted[from] ?? at) <= at - 1000) from += 1;
      return index - from + 1;
    }),
  );
}
