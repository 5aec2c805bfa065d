import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { openLinks } from "../bench/open-links.ts";
import { todayIn } from "../visits.ts";
import { load } from "./drill.ts";
import { percentile } from "./percentile.ts";

/* Seen red with the guard off: L-1 (a thank-you without a stored answer), L-5 (a second push that changes rows). */

export const submissions = load(
  "answers that come at a steady rate and in a burst are all thanked for, and each is stored once as it was posted [L-1]",
  async (kit) => {
    const world = await kit.world();
    const steady = { perSecond: kit.rounds(15, 50), seconds: kit.rounds(5, 600) };
    const burst = { perSecond: kit.rounds(60, 200), seconds: kit.rounds(1, 30) };
    const total = steady.perSecond * steady.seconds + burst.perSecond * burst.seconds;
    const links = await openLinks({ edge: world.edge(), sqld: world.sqld }, world.clinic, total);
    const told: Record<string, string>[] = [];
    const waits: number[] = [];
    const failures: number[] = [];
    const submit = async () => {
      const answers = {
        SatisfactionWithService: kit.random() < 0.5 ? "Satisfied" : "Neutral",
        LikelihoodToRecommendBHUC: kit.random() < 0.5 ? "Likely" : "Unlikely",
        ProceedWithMoreQuestions: "No",
      };
      const began = performance.now();
      const body = new URLSearchParams({ "form-version": "common-ground@1", ...answers });
      const { status } = await fetch(links.pop() ?? "", { method: "POST", body, redirect: "manual" });
      waits.push(performance.now() - began);
      if (status === 303) told.push(answers);
      else failures.push(status);
    };
    await atRate(steady, submit);
    await atRate(burst, submit);
    assert.deepEqual(failures, []);
    kit.report({ answers: told.length, medianMs: percentile(waits, 0.5), p99Ms: percentile(waits, 0.99) });
    kit.report(await world.check(told));
    if (kit.isLong) assert.ok(percentile(waits, 0.99) < 500, "99 in 100 within half a second");
  },
  {
    guard: [
      {
        file: "edge/responses/survey/store-answers.ts",
        clause: "WHERE changes() = 1`),",
        without: "WHERE changes() = 1 AND random() % 10 <> 0`),",
      },
    ],
  },
);

export const bigPush = load(
  "five thousand visits are taken in chunks, and the same five thousand again change no row [L-5]",
  async (kit) => {
    const world = await kit.world();
    await world.clinic.db.run(
      sql`INSERT INTO pauses (id, reason, by, created_at) VALUES ('pse_load', 'load', 'load', 0)`,
    );
    const people = world.people(kit.rounds(1_000, 5_000));
    const began = performance.now();
    assert.equal((await world.clinic.push(todayIn(), people)).status, 200);
    const firstSeconds = (performance.now() - began) / 1000;
    const written = () =>
      world.clinic.db.all(sql`SELECT count(*) AS rows, max(updated_at) AS last, count(DISTINCT patient_id) AS people,
        (SELECT count(*) FROM change_log) AS changes, (SELECT count(*) FROM touches) AS touches FROM appointments`);
    await world.wake();
    const before = await written();
    assert.equal((await world.clinic.push(todayIn(), people)).status, 200);
    await world.wake();
    assert.deepEqual(await written(), before);
    kit.report({ visits: people.length, firstSeconds, bothSeconds: (performance.now() - began) / 1000 });
    if (kit.isLong) assert.ok((performance.now() - began) / 1000 <= 30);
  },
  { guard: [{ file: "edge/sources/store-rows.ts", clause: "before.contentKey !== row.contentKey", without: "true" }] },
);

type Rate = { perSecond: number; seconds: number };

/** Starts this many a second, whether or not the ones before have ended, and waits for all of them. */
async function atRate({ perSecond, seconds }: Rate, one: () => Promise<void>): Promise<void> {
  const under: Promise<void>[] = [];
  const began = performance.now();
  for (let nth = 0; nth < perSecond * seconds; nth += 1) {
    await pause(Math.max(0, began + (nth * 1000) / perSecond - performance.now()));
    under.push(one());
  }
  await Promise.all(under);
}
