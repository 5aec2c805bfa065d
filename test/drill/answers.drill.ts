import assert from "node:assert/strict";
import { post } from "../responses/survey-desk.ts";
import { todayIn } from "../visits.ts";
import { load } from "./drill.ts";

/* Seen red with the guard off: L-1 (an answer stored twice or not as it was posted). */

const FACES = ["Very Unsatisfied", "Unsatisfied", "Neutral", "Satisfied", "Very Satisfied"];

export const rush = load(
  "answers that come in a rush, some pressed twice, are each stored once, as posted, and none meets an error [L-1]",
  async (kit) => {
    const world = await kit.world();
    const count = kit.isLong ? 1_400 : 120;
    const people = world.people(count);
    world.twilio.tune({ callbacks: "none" });
    await world.clinic.push(todayIn(), people);
    await world.settle(60_000);
    const links = people.map(({ phone }) => /http\S+/.exec(world.twilio.messages(phone)[0]?.body ?? "")?.[0] ?? "");
    const answers: Record<string, string>[] = [];
    const waits: number[] = [];
    const statuses: number[] = [];
    const one = async (link: string) => {
      const answer = {
        SatisfactionWithService: FACES[Math.floor(kit.random() * 5)] ?? "",
        ProceedWithMoreQuestions: "No",
      };
      const copies = kit.random() < 0.15 ? 2 : 1;
      const replies = await Promise.all(
        Array.from({ length: copies }, async () => {
          const began = performance.now();
          const { status } = await post(link, answer);
          waits.push(performance.now() - began);
          return status;
        }),
      );
      statuses.push(...replies);
      if (replies.some((status) => status < 400)) answers.push(answer);
    };
    // A burst first, then a steady stream.
    const burst = links.splice(0, Math.floor(count / 3));
    await Promise.all(burst.map(one));
    const perSecond = 50;
    const under: Promise<void>[] = [];
    for (const link of links) {
      under.push(one(link));
      await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
    }
    await Promise.all(under);
    const sorted = waits.toSorted((a, b) => a - b);
    const p99ms = Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
    kit.report({ posts: waits.length, p50ms: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0), p99ms });
    assert.deepEqual(
      statuses.filter((status) => status >= 400),
      [],
    );
    if (kit.isLong) assert.ok(p99ms < 500, `p99 ${p99ms} ms`);
    // What the spool held under the rush is handed over by the clock.
    await world.edge().cron();
    kit.report(await world.check(answers));
  },
  {
    guard: [
      {
        file: "edge/responses/survey/store-answers.ts",
        clause: "WHERE changes() = 1`),",
        without: "WHERE true`),",
      },
    ],
  },
);
