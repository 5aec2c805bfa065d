import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { todayIn } from "../visits.ts";
import { drill, type Kit } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-1 (a text accepted twice), F-2 (touches left claimed). */

const PEOPLE = 8;

export const accepted = drill(
  "a text accepted just before the Worker died is said once, and known [F-1]",
  (kit) =>
    killed(kit, async (world, nth) => {
      let accepts = 0;
      const died = Promise.withResolvers<void>();
      const stop = world.twilio.onAccept(async () => {
        accepts += 1;
        if (accepts !== nth) return;
        stop();
        await world.killEdge();
        died.resolve();
      });
      return died.promise;
    }),
  {
    guard: [
      {
        file: "edge/delivery/claim.ts",
        clause: "SET status = 'unknown', reason = 'lease_ran_out', check_at = ${at}, lease_owner = NULL,",
        without: "SET status = 'planned', sent_on = NULL, reason = 'lease_ran_out', lease_owner = NULL,",
      },
    ],
  },
);

export const claimed = drill(
  "a Worker that dies before the call leaves nothing unsaid and nothing said twice [F-2]",
  (kit) =>
    killed(kit, async (world, nth) => {
      // By turns: when the claim was made, and when the intent to send was committed.
      const request = nth % 2 === 0 ? /SET status = 'claimed'/ : /touch\.sending/;
      return world.line.fault({ at: "reply", request, times: 1, does: "silence", run: () => world.killEdge() }).hit;
    }),
  {
    guard: [
      {
        file: "edge/delivery/claim.ts",
        clause: "AND status = 'claimed' AND lease_until < ${STORE_NOW}`",
        without: "AND status = 'claimed' AND lease_until < 0`",
      },
    ],
  },
);

/** One death, at a moment the caller chooses, in the middle of a hand-over; then a new Worker and two minutes. */
async function killed(
  kit: Kit,
  arm: (world: World, nth: number) => Promise<Promise<void>> | Promise<void>,
): Promise<void> {
  const world = await kit.world();
  for (let round = 0; round < kit.rounds(2, 200); round += 1) {
    const people = world.people(PEOPLE);
    world.twilio.tune({ callbackLagMs: kit.random() < 0.5 ? 0 : 4_000 });
    const died = arm(world, 1 + ((Math.floor(kit.random() * PEOPLE) + round) % PEOPLE));
    await world.clinic.push(todayIn(), people);
    void world.wake().catch(() => undefined);
    await died;
    await world.restartEdge();
    await world.passLeases();
    await world.settle(30_000);
    for (const { phone } of people) {
      assert.equal(world.twilio.messages(phone).length, 1, `round ${round}: accepted once`);
    }
    const [known] = await world.clinic.db.all<{ n: number }>(
      sql`SELECT count(*) AS n FROM touches JOIN attempts ON attempts.touch_id = touches.id WHERE touches.status IN ('accepted', 'sent', 'delivered') AND provider_id IS NOT NULL`,
    );
    assert.equal(known?.n, PEOPLE * (round + 1), "each is known by the provider's own id");
    kit.report(await world.check());
  }
}
