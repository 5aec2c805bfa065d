import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { operator } from "../harness.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-13 (texts before the office's hours). */

const PEOPLE = 6;
const MINUTE_MS = 60_000;

export const wrongClock = drill(
  "a Worker whose clock is ten minutes off takes no lease early, believes no signature of the wrong time, and sends nothing outside the office's hours [F-13]",
  async (kit) => {
    const { timeZone, opensIn } = noonZone();
    const office = { name: "Common Ground", timeZone, windowOpens: opensIn(6), windowCloses: "23:59" };
    const world = await kit.world({ tenant: { office } });
    const fast = await world.secondEdge({ clockOffMs: 10 * MINUTE_MS });
    const slow = await world.secondEdge({ clockOffMs: -10 * MINUTE_MS });
    for (const edge of [fast, slow]) {
      assert.equal((await operator(edge, "/admin/v1/tenants/list", {})).status, 401, "a signature of ten minutes ago");
    }
    for (let round = 0; round < kit.rounds(1, 20); round += 1) {
      const today = todayIn(timeZone);
      const people = world.people(PEOPLE).map((person) => ({ ...person, startsAt: `${today}T01:00` }));
      await world.clinic.db.run(sql`UPDATE offices SET window_opens = ${opensIn(6)}`);
      assert.equal((await world.clinic.push(today, people)).status, 200);
      await world.wake();
      await makeDue(world);
      await world.wake(fast);
      const said = () => people.map(({ phone }) => world.twilio.messages(phone).length);
      assert.deepEqual(new Set(said()), new Set([0]), "nothing before the office opens");
      await world.clinic.db.run(sql`UPDATE offices SET window_opens = '00:00'`);
      await makeDue(world);
      // Slow enough that all of them are at it at the same time.
      world.twilio.tune({ providerDelayMs: 300 });
      await Promise.all([world.wake(), world.wake(fast), world.wake(slow), world.wake(fast)]);
      await world.settle();
      assert.deepEqual(new Set(said()), new Set([1]), "each is said once");
    }
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "edge/tick.ts",
        clause: "if (Math.abs(skewMs) < MOST_SKEW_MS) return ctx;",
        without: "if (skewMs > -MOST_SKEW_MS * 1000) return ctx;",
      },
    ],
  },
);

async function makeDue(world: World): Promise<void> {
  await world.clinic.db.run(sql`UPDATE touches SET due_at = ${Date.now() - MINUTE_MS} WHERE status = 'planned'`);
}

/** A zone in which it is about noon, so that hours before and after are on the same day. */
function noonZone() {
  const west = new Date().getUTCHours() - 12;
  const timeZone = west === 0 ? "UTC" : `Etc/GMT${west > 0 ? "+" : ""}${west}`;
  const opensIn = (minutes: number) =>
    Temporal.Now.zonedDateTimeISO(timeZone).add({ minutes }).toPlainTime().toString({ smallestUnit: "minute" });
  return { timeZone, opensIn };
}
