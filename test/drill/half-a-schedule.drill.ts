import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { connectEdge } from "../../scraper/edge-client.ts";
import { pushDay } from "../../scraper/push-day.ts";
import { startTcpProxy } from "../sandbox/proxy.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import type { Person } from "./people.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-15 (a reading closed by its first chunk). */

const ROWS = 700;
const ROWS_BEFORE = 705;

export const halfRead = drill(
  "a container killed in the middle of a day's push removes nothing, and the next whole reading sets all right [F-15]",
  async (kit) => {
    const world = await kit.world();
    const usual = toBeSeen(world, ROWS_BEFORE);
    await push(world, usual);
    for (let round = 0; round < kit.rounds(2, 30); round += 1) {
      const now = usual.slice(0, ROWS);
      await pushAndDie(world, now, 1 + Math.floor(kit.random() * 3));
      assert.equal(await liveVisits(world), ROWS_BEFORE, "half a reading removes nothing");
      const empty = await push(world, []);
      assert.deepEqual([empty.held, await liveVisits(world)], [1, ROWS_BEFORE], "an empty page is held for staff");
      assert.equal((await push(world, now)).removed, ROWS_BEFORE - ROWS);
      assert.equal(await liveVisits(world), ROWS, "a whole reading counts");
      assert.equal((await push(world, usual)).updated, ROWS_BEFORE - ROWS, "what shows again is there again");
    }
    const { I4 = "", I6 = "", I7 = "" } = await world.check();
    kit.report({ I4, I6, I7 });
  },
  {
    guard: [
      { file: "edge/sources/ingest-chunk.ts", clause: "const close = chunk.end\n", without: "const close = chunk\n" },
      { file: "edge/sources/ingest-chunk.ts", clause: "rowCount: chunk.end.count,", without: "rowCount: 10_000," },
    ],
  },
);

async function push(world: World, rows: Person[]) {
  return pushDay(connectEdge(edgeSettings(world, world.edge().url)), placeOf(), scheduleOf(rows));
}

/** Pushes in a process of its own, which dies when its k-th chunk has arrived. */
async function pushAndDie(world: World, rows: Person[], kth: number): Promise<void> {
  const line = await startTcpProxy(world.edge().url.replace("localhost", "127.0.0.1"));
  const file = fileURLToPath(new URL("./push-schedule.ts", import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ["pipe", "pipe", "ignore"] });
  const ended = once(child, "exit");
  const request = /POST .*appointments/;
  line.fault({ at: "reply", request, times: kth - 1 });
  const dead = line.fault({ at: "reply", request, times: 1, run: () => void child.kill("SIGKILL") });
  child.stdin.end(JSON.stringify({ edge: edgeSettings(world, line.url), of: placeOf(), schedule: scheduleOf(rows) }));
  const said = text(child.stdout);
  await dead.hit;
  await ended;
  assert.equal(await said, "", "it died before it was done");
  await line.close();
}

/** Visits still to come: this is about pushes, and nobody needs to be texted for it. */
function toBeSeen(world: World, count: number): Person[] {
  return world.people(count).map((person) => ({ ...person, status: "Scheduled" }));
}

function edgeSettings({ clinic }: World, url: string) {
  return { url, tenant: clinic.slug, keyId: clinic.key.id, keySecret: clinic.key.secret };
}

function placeOf() {
  return { runId: randomUUID(), source: "practice-fusion", on: todayIn() };
}

function scheduleOf(rows: Person[]): Parameters<typeof pushDay>[2] {
  return { date: todayIn(), layout: "print", rows, errors: [], duplicates: 0, notes: [] };
}

async function liveVisits({ clinic }: World): Promise<number | undefined> {
  const [row] = await clinic.db.all<{ n: number }>(
    sql`SELECT count(*) AS n FROM appointments WHERE removed_at IS NULL`,
  );
  return row?.n;
}
