import assert from "node:assert/strict";
import { eq, sql } from "drizzle-orm";
import { tenants } from "../../db/schema/directory.ts";
import { eventually } from "../harness.ts";
import type { Edge } from "../sandbox/edge.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-11 (a text accepted twice), F-17 (visits nobody hears about). */

const PEOPLE = 12;

export const twice = drill(
  "the clock striking twice, on two machines at once, plans once, sends once and writes it down once [F-11]",
  async (kit) => {
    const world = await kit.world();
    const other = await world.secondEdge();
    // Slow enough that both are at it at the same time.
    world.twilio.tune({ providerDelayMs: 60 });
    for (let round = 0; round < kit.rounds(2, 60); round += 1) {
      const people = world.people(PEOPLE);
      await world.clinic.push(todayIn(), people);
      const runs = [world.edge(), other, world.edge(), other].map((edge) => world.wake(edge));
      await Promise.all([...runs, strike(world, world.edge()), strike(world, other)]);
      await world.settle();
      for (const { phone } of people) assert.equal(world.twilio.messages(phone).length, 1, "said once");
    }
    const events = await world.clinic.db.all(sql`SELECT entity_id FROM audit
      WHERE action IN ('touch.sending', 'touch.accepted') OR (action = 'touch.planned' AND details LIKE '%kind%')
      GROUP BY entity_id, action HAVING count(*) > 1`);
    assert.deepEqual(events, [], "one audit event for each change");
    kit.report(await world.check());
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

const IN_VAIN_MS = 100_000;

export const lost = drill(
  "a queue that loses every message, or brings each twice, neither leaves a visit unsaid nor says it twice [F-17]",
  async (kit) => {
    const world = await kit.world({ losesMessages: true });
    for (let round = 0; round < kit.rounds(1, 20); round += 1) {
      const unheard = world.people(PEOPLE);
      await world.clinic.push(todayIn(), unheard);
      await world.edge().cron();
      assert.equal(world.twilio.messages(unheard[0]?.phone).length, 0, "nothing came through the queue");
      // A minute and a half later, as the directory sees it.
      await world.directory
        .update(tenants)
        .set({ nextDueAt: sql`min(${tenants.nextDueAt}, ${Date.now()}) - ${IN_VAIN_MS}` })
        .where(eq(tenants.id, world.tenantId));
      await world.edge().cron();
      await eventually(async () => unheard.every(({ phone }) => world.twilio.messages(phone).length === 1), 15_000);
      const doubled = world.people(PEOPLE);
      await world.clinic.push(todayIn(), doubled);
      await Promise.all([world.wake(), world.wake(), world.wake()]);
      await world.settle();
      for (const { phone } of [...unheard, ...doubled]) {
        assert.equal(world.twilio.messages(phone).length, 1, "said once");
      }
    }
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "edge/tick.ts",
        clause: "await serve(env, missed, now);",
        without: "void serve; void missed;",
      },
    ],
  },
);

async function strike(world: World, edge: Edge): Promise<void> {
  await world.directory.update(tenants).set({ nextDueAt: 0 }).where(eq(tenants.id, world.tenantId));
  await edge.cron();
}
