import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { StepInput } from "../sandbox/twilio/steps.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-6 and F-7 (a text accepted twice), F-8 (a call before Retry-After), F-9 (more than ten calls). */

/** Longer than the longest hand-over. */
const HANG_SETTLES_MS = 80_000;

export const silent = drill(
  "a provider that times out is asked what it took: what it has is never sent again, what it has not is sent once [F-6 F-7]",
  async (kit) => {
    const world = await kit.world();
    for (let round = 0; round < kit.rounds(1, 10); round += 1) {
      const people = world.people(5);
      const steps: StepInput[][] = [
        ["accept-then-hang"],
        ["hang", "accept"],
        ["accept"],
        ["reset", "accept"],
        ["accept-then-reset"],
      ];
      people.forEach(({ phone }, index) => {
        world.twilio.script(phone, ...(steps[index] ?? []));
      });
      world.twilio.tune({ callbacks: kit.random() < 0.5 ? "none" : "all", callbackLagMs: 2_000 });
      await world.clinic.push(todayIn(), people);
      await world.settle(HANG_SETTLES_MS);
      for (const [index, { phone }] of people.entries()) {
        assert.equal(world.twilio.messages(phone).length, 1, `person ${index} of round ${round}: accepted once`);
      }
    }
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "edge/delivery/reconcile.ts",
        clause: "  if (providerId) {",
        without: "  if (providerId && touch.id === '') {",
      },
    ],
  },
);

const PEOPLE = 16;
const IN_FLIGHT_MS = 400;

export const throttled = drill(
  "a provider that says 429 is not called before it wants to be, nobody loses their place, and few calls are wasted [F-8]",
  async (kit) => {
    const world = await kit.world();
    for (let round = 0; round < kit.rounds(1, 20); round += 1) {
      const people = world.people(PEOPLE);
      const before = creates(world).length;
      // The first call, one in the middle, and in the long form one that does not say how long to wait.
      const middle: StepInput[] = ["accept", "accept", "accept", "accept", "429-retry-after"];
      world.twilio.script(
        "*",
        "429-retry-after",
        ...middle,
        ...(kit.isLong ? (["accept", "429"] as const) : []),
        "accept",
      );
      await world.clinic.push(todayIn(), people);
      await world.wake();
      const early = new Set(accepts(world).map(({ to }) => to));
      await shuffleDueTimes(world);
      await world.settle(40_000);
      const calls = creates(world).slice(before);
      assert.ok(calls.length <= PEOPLE * 1.3, `${calls.length} calls for ${PEOPLE} texts`);
      for (const { at } of world.twilio.ledger.filter(
        ({ httpStatus, at }) => httpStatus === 429 && at >= (calls[0]?.at ?? 0),
      )) {
        const rash = calls.find((call) => call.at > at + IN_FLIGHT_MS && call.at < at + 2_000);
        assert.equal(rash, undefined, `a call ${(rash?.at ?? 0) - at} ms after a 429`);
      }
      await assertOrder(
        world,
        people.map(({ phone }) => phone).filter((phone) => !early.has(phone)),
      );
    }
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "edge/delivery/watch-provider.ts",
        clause: "await holdSender(ctx, channel, result.retryAfterSeconds * 1000);",
        without: "",
      },
    ],
  },
);

export const failing = drill(
  "a provider that fails, having taken half of it, is left alone after ten calls, tried with one, and sends nothing twice [F-9]",
  async (kit) => {
    const world = await kit.world();
    for (let round = 0; round < kit.rounds(1, 20); round += 1) {
      const people = world.people(PEOPLE);
      const before = creates(world).length;
      const faults = [500, 502, 503, 504].flatMap((status): StepInput[] => [
        { does: "accept", answers: "failure", failStatus: status },
        { does: "refuse", httpStatus: status },
      ]);
      world.twilio.script("*", ...faults, ...faults, ...faults, ...faults, "503");
      world.twilio.tune({ callbacks: "none" });
      await world.clinic.push(todayIn(), people);
      await world.wake();
      const first = creates(world).length - before;
      assert.ok(first > 0 && first <= 10, `${first} calls before the provider was left alone`);
      await pause(1_100);
      await world.wake();
      assert.equal(creates(world).length - before, first + 1, "one call tries whether it is well again");
      world.twilio.script("*", "accept");
      await world.settle(40_000);
      for (const { phone } of people) assert.equal(world.twilio.messages(phone).length, 1, "accepted once");
    }
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "edge/delivery/watch-provider.ts",
        clause: "doubts >= DOUBTS_IN_A_ROW || (isProbe && doubts > 0)",
        without: "doubts < 0",
      },
    ],
  },
);

function creates(world: World) {
  return world.twilio.ledger.filter(({ event }) => event === "create");
}

function accepts(world: World) {
  return world.twilio.ledger.filter(({ event }) => event === "accepted");
}

/** Gives what still waits due times of its own, in an order that nothing else suggests. */
async function shuffleDueTimes({ clinic }: World): Promise<void> {
  await clinic.db.run(sql`UPDATE touches SET due_at = due_at - 1000 * (1 + (unicode(substr(id, -1)) * 31 + unicode(substr(id, -2)) * 17) % 97)
    WHERE status = 'planned'`);
}

/** Six at once may overtake each other, and no further. */
async function assertOrder(world: World, phones: string[]): Promise<void> {
  const rows = await world.clinic.db.all<{ id: string }>(
    sql`SELECT id FROM touches WHERE status <> 'cancelled' ORDER BY due_at, id`,
  );
  const said = accepts(world)
    .filter(({ to }) => phones.includes(to ?? ""))
    .map(({ url }) => /tch_\w+/.exec(url ?? "")?.[0] ?? "");
  const planned = rows.map(({ id }) => id).filter((id) => said.includes(id));
  for (const [place, id] of said.entries()) {
    assert.ok(
      Math.abs(planned.indexOf(id) - place) <= 6,
      `due as number ${planned.indexOf(id)}, said as number ${place}`,
    );
  }
}
