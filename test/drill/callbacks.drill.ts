import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { todayIn } from "../visits.ts";
import { drill, load } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-10 and L-4 (a late report moves a touch back). */

const forwardOnly = [
  {
    file: "edge/delivery/record-report.ts",
    clause: "AND attempt_count > 0 AND status ${inList(isPassed || !next ? [] : movesFrom(next))}",
    without: "AND attempt_count > 0 AND ${isPassed || !next ? 0 : movesFrom(next).length} > 0",
  },
];

export const disorderly = drill(
  "reports that come five times, backwards, late, early or for nobody end in the furthest state, each kept once [F-10]",
  async (kit) => {
    const world = await kit.world();
    for (let round = 0; round < kit.rounds(1, 30); round += 1) {
      const people = world.people(6);
      // Every second answer is slower than its own callbacks: the report is there before our commit.
      people.forEach(({ phone }, index) => {
        if (index % 2 === 0) world.twilio.script(phone, { does: "accept", answerDelayMs: 400 });
      });
      world.twilio.tune({ callbackCopies: 5, callbackOrder: "reversed" });
      await world.clinic.push(todayIn(), people);
      await world.settle();
      await world.twilio.settled();
      const known = world.twilio.ledger.find(({ event, to }) => event === "accepted" && to === people[0]?.phone);
      assert.equal(await reportUntilHeard(world, known?.url ?? "", known?.sid ?? "", "sent"), 204);
      assert.equal(
        await reportUntilHeard(world, known?.url ?? "", "SM00000000000000000000000000000000", "failed"),
        204,
      );
      assert.equal(await reportUntilHeard(world, unknownTouch(known?.url ?? ""), "SM1", "delivered"), 204);
    }
    assert.deepEqual(Object.keys(await world.statuses()), ["delivered"]);
    const [twice] = await world.clinic.db.all(
      sql`SELECT 1 FROM delivery_events GROUP BY provider_id, status HAVING count(*) > 1`,
    );
    assert.equal(twice, undefined);
    kit.report(await world.check());
  },
  { guard: forwardOnly },
);

const PEOPLE = 60;
const STATUSES = ["queued", "sending", "sent", "delivered"];

export const storm = load(
  "a storm of reports, many doubled, out of order or for nobody, is answered without a failure and moves nothing back [L-4]",
  async (kit) => {
    const world = await kit.world();
    world.twilio.tune({ callbacks: "none" });
    await world.clinic.push(todayIn(), world.people(PEOPLE));
    await world.settle(40_000);
    const accepted = world.twilio.ledger.filter(({ event }) => event === "accepted");
    const perSecond = kit.isLong ? 500 : 60;
    const seconds = kit.isLong ? 60 : 5;
    const waits: number[] = [];
    const failures: number[] = [];
    const told = new Map<string, number>();
    const one = async (nth: number) => {
      const { url = "", sid = "" } = accepted[Math.floor(kit.random() * accepted.length)] ?? {};
      // In order of time mostly; one in ten out of order; one in twenty for a touch that is nobody's; a fifth repeats.
      const due = Math.min(3, Math.floor((nth / (perSecond * seconds)) * 4));
      const rank = kit.random() < 0.1 ? Math.floor(kit.random() * 4) : due;
      const isNobodys = kit.random() < 0.05;
      const copies = kit.random() < 0.2 ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const began = performance.now();
        const status = await report(world, isNobodys ? unknownTouch(url) : url, sid, STATUSES[rank] ?? "");
        waits.push(performance.now() - began);
        if (status !== 204) failures.push(status);
        else if (!isNobodys) told.set(sid, Math.max(told.get(sid) ?? 0, rank));
      }
    };
    const under: Promise<void>[] = [];
    for (let nth = 0; nth < perSecond * seconds; nth += 1) {
      under.push(one(nth));
      if (nth % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 10_000 / perSecond));
    }
    await Promise.all(under);
    kit.report({ reports: waits.length, ...percentiles(waits) });
    assert.deepEqual(failures, []);
    const rows = await world.clinic.db.all<{ sid: string; status: string }>(
      sql`SELECT provider_id AS sid, touches.status FROM attempts JOIN touches ON touches.id = attempts.touch_id`,
    );
    for (const { sid, status } of rows) {
      const furthest = STATUSES[told.get(sid) ?? 0] ?? "";
      assert.equal(status, furthest === "queued" || furthest === "sending" ? "accepted" : furthest);
    }
    if (kit.isLong) assert.ok(percentiles(waits).p99ms < 300, `p99 ${percentiles(waits).p99ms} ms`);
    kit.report(await world.check());
  },
  { guard: forwardOnly },
);

function percentiles(waits: number[]): { p50ms: number; p99ms: number } {
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return { p50ms: at(0.5), p99ms: at(0.99) };
}

function unknownTouch(url: string): string {
  return url.replace(/tch_\w+\?a=\w+/, "tch_00000000000000000000000000000000?a=att_00000000000000000000000000000000");
}

/** Says it again while the store asks to come back later. */
async function reportUntilHeard(...said: Parameters<typeof report>): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const status = await report(...said);
    if (status !== 503 || attempt === 4) return status;
  }
}

/** A report as Twilio posts it, really signed. */
async function report(world: World, url: string, sid: string, status: string): Promise<number> {
  const params = { MessageSid: sid, MessageStatus: status };
  const answer = await fetch(url, {
    method: "POST",
    headers: { "x-twilio-signature": getExpectedTwilioSignature(world.twilio.authToken, url, params) },
    body: new URLSearchParams(params),
  });
  return answer.status;
}
