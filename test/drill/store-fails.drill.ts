import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { nextDigest } from "../../edge/contract/appointments.ts";
import { connectEdge } from "../../scraper/edge-client.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import type { Person } from "./people.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-3 (half a push stored), F-4 (a repeated push refused), F-5 (requests that never end). */

const WRITERS = 16;
const ROWS = 6;

export const killedStore = drill(
  "a store killed in the middle of writes has every push it acknowledged, and each whole or not at all [F-3]",
  async (kit) => {
    const world = await kit.world();
    let acknowledged = 0;
    for (let round = 0; round < kit.rounds(3, 12); round += 1) {
      const downMs = kit.random() * (kit.isLong ? 10_000 : 1_000);
      const request = /INSERT INTO .{0,2}inbound_messages/;
      // Some are let through, so that there is something to lose.
      const before = world.line.fault({ at: "request", request, times: Math.floor(kit.random() * WRITERS) });
      const dead = world.line.fault({
        at: "request",
        request,
        times: 1,
        run: async () => {
          await pause(kit.random() * 8);
          await world.sqld.kill();
        },
      });
      const runIds = Array.from({ length: WRITERS }, () => randomUUID());
      const pushes = runIds.map((runId) => pushOnce(world, runId, world.people(ROWS)));
      await dead.hit;
      await pause(downMs);
      before.remove();
      dead.remove();
      await world.sqld.restart();
      const answers = await Promise.all(pushes);
      for (const [index, isAcknowledged] of answers.entries()) {
        const stored = await storedOf(world, runIds[index] ?? "");
        assert.ok(stored === 0 || stored === ROWS, `a push is stored by half: ${stored} of ${ROWS} rows`);
        if (isAcknowledged) assert.equal(stored, ROWS, "an acknowledged push is stored");
        if (isAcknowledged) acknowledged += 1;
      }
    }
    kit.report({ acknowledged, ...(await checkStore(world)) });
  },
  {
    guard: [
      {
        file: "edge/sources/ingest-chunk.ts",
        clause: "if (first) await ctx.db.batch([first, ...rest]);",
        without: "for (const each of [first, ...rest]) await each;",
      },
    ],
  },
);

export const lostReply = drill(
  "a write whose acknowledgement was lost is not done twice, and the caller is told that it was done [F-4]",
  async (kit) => {
    const world = await kit.world();
    for (let round = 0; round < kit.rounds(2, 50); round += 1) {
      world.line.fault({ at: "reply", request: /INSERT INTO .{0,2}inbound_messages/, times: 1, does: "reset" });
      world.line.fault({ at: "reply", request: /touch\.sending/, times: 1, does: "reset" });
      world.line.fault({ at: "reply", request: /UPDATE .{0,2}attempts.{0,2} SET outcome/, times: 1, does: "reset" });
      const people = world.people(ROWS);
      const runId = randomUUID();
      const reply = await client(world).push(await chunkOf(runId, people, "practice-fusion"));
      assert.deepEqual(new Set(reply.outcomes.map(({ outcome }) => outcome)), new Set(["created"]));
      assert.equal(await storedOf(world, runId), ROWS);
      await world.wake();
      await world.wake();
      await world.passLeases();
      await world.settle(30_000);
      for (const { phone } of people) assert.equal(world.twilio.messages(phone).length, 1, "said once");
    }
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "edge/sources/ingest-chunk.ts",
        clause: "if (state.earlier) return repeatedReply(state.earlier, bodyKey);",
        without: "void repeatedReply;",
      },
    ],
  },
);

const FIVE_SECONDS = 5_500;

export const frozenStore = drill(
  "while the store is frozen every request ends within five seconds and says when to come back [F-5]",
  async (kit) => {
    const world = await kit.world();
    await world.clinic.push(todayIn(), world.people(ROWS));
    await world.settle();
    const link = /http\S+/.exec(world.twilio.messages()[0]?.body ?? "")?.[0] ?? "";
    for (let round = 0; round < kit.rounds(1, 10); round += 1) {
      const until = Date.now() + (kit.isLong ? 60_000 : 5_000);
      world.sqld.pause();
      try {
        do {
          const answers = await Promise.all([
            timed(async () => world.clinic.send("/appointments", await chunkOf(randomUUID(), world.people(1)))),
            timed(() => fetch(link)),
            timed(() => world.clinic.send("/jobs/lease", { kinds: ["scrape"], worker: "drill" })),
          ]);
          for (const { status, ms, retryAfter } of answers) {
            assert.equal(status, 503);
            assert.ok(ms < FIVE_SECONDS, `took ${ms} ms`);
            assert.ok(retryAfter, "no Retry-After");
          }
        } while (Date.now() < until);
      } finally {
        world.sqld.resume();
      }
      const { status, ms } = await timed(async () =>
        world.clinic.send("/appointments", await chunkOf(randomUUID(), world.people(1))),
      );
      assert.equal(status, 200);
      assert.ok(ms < 5_000, `recovered after ${ms} ms`);
    }
    await world.settle();
    kit.report(await world.check());
  },
  {
    guard: [
      {
        file: "db/pipeline.ts",
        clause: "const signal = AbortSignal.timeout(deadlineMs);",
        without: "const { signal } = new AbortController();",
      },
    ],
  },
);

async function timed(ask: () => Promise<Response>) {
  const began = performance.now();
  const deadline = pause(15_000).then(() => null);
  const answer = await Promise.race([ask(), deadline]);
  return { status: answer?.status, ms: performance.now() - began, retryAfter: answer?.headers.get("retry-after") };
}

/** A day's reading in one chunk; of a source of its own, unless told otherwise, so that none removes another's visits. */
async function chunkOf(runId: string, rows: Person[], source = `drill-${runId.slice(0, 8)}`) {
  const digest = await nextDigest("", rows);
  return {
    runId,
    source,
    on: todayIn(),
    sequence: 0,
    rows,
    end: { count: rows.length, digest, layout: "print", rowErrors: {}, duplicates: 0 },
  };
}

async function pushOnce(world: World, runId: string, rows: Person[]): Promise<boolean> {
  const answer = await world.clinic.send("/appointments", await chunkOf(runId, rows));
  await answer.arrayBuffer();
  return answer.ok;
}

/** The container's own client, a little less patient. */
function client({ clinic, edge }: World) {
  const settings = { url: edge().url, tenant: clinic.slug, keyId: clinic.key.id, keySecret: clinic.key.secret };
  return connectEdge(settings, { retryPausesMs: [100, 200, 400] });
}

/** Rows of the run, if its raw message, snapshot, visits and audit event are all there; -1 when only some are. */
async function storedOf({ clinic }: World, runId: string): Promise<number> {
  const [row] = await clinic.db.all<{ raw: number; snapshot: number; visits: number; events: number }>(sql`SELECT
    (SELECT count(*) FROM inbound_messages WHERE dedupe_key LIKE ${`${runId}:%`}) AS raw,
    (SELECT count(*) FROM snapshots WHERE run_id = ${runId} AND status = 'applied') AS snapshot,
    (SELECT count(*) FROM appointments WHERE last_run_id = ${runId}) AS visits,
    (SELECT count(*) FROM audit WHERE entity_id = ${runId}) AS events`);
  if (!row) return -1;
  const parts = [row.raw, row.snapshot, row.events];
  if (parts.every((part) => part === 0) && row.visits === 0) return 0;
  return parts.every((part) => part === 1) ? row.visits : -1;
}

/** The drill of the store itself: nothing was sent, so only what was stored counts. */
async function checkStore(world: World) {
  const { I4, I6, I7 } = await world.check();
  return { I4: I4 ?? "", I6: I6 ?? "", I7: I7 ?? "" };
}
