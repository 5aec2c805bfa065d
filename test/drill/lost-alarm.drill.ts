import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "drizzle-orm";
import { eventually } from "../harness.ts";
import { post } from "../responses/survey-desk.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-18 (answers stay in the spool for ever). */

const PEOPLE = 4;
const ANSWER = { SatisfactionWithService: "Satisfied", ProceedWithMoreQuestions: "No" };

export const lostAlarm = drill(
  "a spool that dies in the middle of its alarm, and whose alarm the platform has given up, is set going by the clock and loses no answer [F-18]",
  async (kit) => {
    const folder = mkdtempSync(join(tmpdir(), "hearback-objects-"));
    try {
      const world = await kit.world({ objectsFolder: folder });
      for (let round = 0; round < kit.rounds(1, 20); round += 1) {
        const links = await linksOf(world);
        const down = world.line.fault({ at: "request", does: "reset" });
        const posts = await Promise.all(links.map((link) => post(link, ANSWER)));
        for (const { status } of posts) assert.equal(status, 303, "thanked for");
        down.remove();
        // Nobody posts any more: who asks for a link is the alarm, and it is the last thing that it asks for.
        const request = /invite_links/;
        const died = world.line.fault({
          at: "request",
          request,
          does: "silence",
          times: 1,
          run: () => world.killEdge(),
        });
        await died.hit;
        died.remove();
        assert.equal(await storedCount(world), PEOPLE * round, "nothing was handed over");
        forgetAlarms(folder);
        await world.restartEdge();
        await eventually(async () => {
          await world.edge().cron();
          return (await storedCount(world)) === PEOPLE * (round + 1);
        }, 15_000);
      }
      await world.settle();
      kit.report(await world.check(Array.from({ length: PEOPLE * kit.rounds(1, 20) }, () => ANSWER)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  {
    guard: [
      {
        file: "edge/index.ts",
        clause: "const drained = drainSpool(env).catch(",
        without: "void drainSpool; const drained = Promise.resolve().catch(",
      },
    ],
  },
);

async function linksOf(world: World): Promise<string[]> {
  const people = world.people(PEOPLE);
  assert.equal((await world.clinic.push(todayIn(), people)).status, 200);
  await world.settle();
  await world.twilio.settled();
  return people.map(({ phone }) => /http\S+/.exec(world.twilio.messages(phone)[0]?.body ?? "")?.[0] ?? "");
}

async function storedCount(world: World): Promise<number> {
  const [row] = await world.clinic.db.all<{ n: number }>(sql`SELECT count(*) AS n FROM responses`);
  return row?.n ?? 0;
}

/** What is left when an alarm has failed seven times: the object's data, and no alarm. It stands under key 1. */
function forgetAlarms(folder: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  let forgotten = 0;
  for (const { parentPath, name } of files.filter((file) => file.name.endsWith(".sqlite"))) {
    const db = new DatabaseSync(join(parentPath, name));
    const holdsAlarm = db.prepare("SELECT 1 FROM sqlite_master WHERE name = '_cf_METADATA'").get();
    if (holdsAlarm)
      forgotten += Number(db.prepare("DELETE FROM _cf_METADATA WHERE key = 1 AND value > 0").run().changes);
    db.close();
  }
  assert.equal(forgotten, 1, "the spool's alarm was set");
}
