import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { eventually } from "../harness.ts";
import { post } from "../responses/survey-desk.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";

/* Seen red with the guard off: F-16 (an answer is refused instead of held). */

const DISK = "24m";
const PEOPLE = 4;

export const full = drill(
  "with the store's disk full, pushes wait, answers are held and thanked for, readiness is red, and nothing acknowledged is lost [F-16]",
  async (kit) => {
    const disk = mkdtempSync(join(tmpdir(), "hearback-disk-"));
    // A small disk of its own; this needs root, as CI's containers have.
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", disk]);
    try {
      const world = await kit.world({ folder: disk });
      for (let round = 0; round < kit.rounds(1, 10); round += 1) {
        const before = await acknowledgedVisits();
        const people = world.people(PEOPLE);
        assert.equal((await world.clinic.push(todayIn(), people)).status, 200);
        await world.settle();
        await world.twilio.settled();
        const links = people.map(({ phone }) => /http\S+/.exec(world.twilio.messages(phone)[0]?.body ?? "")?.[0] ?? "");
        fillUp(join(disk, "ballast"));
        const refused = await world.clinic.push(todayIn(), world.people(PEOPLE));
        assert.deepEqual([refused.status, refused.headers.get("retry-after") !== null], [503, true]);
        const answer = { SatisfactionWithService: "Satisfied", ProceedWithMoreQuestions: "No" };
        const posts = await Promise.all(links.map((link) => post(link, answer)));
        assert.deepEqual(
          posts.map(({ status }) => status),
          links.map(() => 303),
        );
        assert.equal(
          await eventually(async () => (await fetch(`${world.edge().url}/readyz`)).status === 503 && 503, 30_000),
          503,
        );
        rmSync(join(disk, "ballast"));
        await eventually(async () => (await fetch(`${world.edge().url}/readyz`)).ok, 30_000);
        await eventually(async () => {
          await world.edge().cron();
          const [row] = await world.clinic.db.all<{ n: number }>(sql`SELECT count(*) AS n FROM responses`);
          return row?.n === PEOPLE * (round + 1);
        }, 30_000);
        assert.equal(await acknowledgedVisits(), before + PEOPLE);
      }
      const answers = Array.from({ length: PEOPLE * kit.rounds(1, 10) }, () => ({
        SatisfactionWithService: "Satisfied",
        ProceedWithMoreQuestions: "No",
      }));
      kit.report(await world.check(answers));

      async function acknowledgedVisits(): Promise<number> {
        const [row] = await world.clinic.db.all<{ n: number }>(sql`SELECT count(*) AS n FROM appointments`);
        return row?.n ?? 0;
      }
    } finally {
      // Lazily: the store lets go of its files when the drill ends.
      execFileSync("umount", ["-l", disk]);
      rmdirSync(disk);
    }
  },
  {
    guard: [
      {
        file: "edge/responses/survey/submit.ts",
        clause: "if (isStoreUnavailable(error)) return keep(c, submission, form);",
        without: "void isStoreUnavailable;",
      },
    ],
  },
);

/** Writes until nothing more fits. */
function fillUp(file: string): void {
  for (const bytes of [1_000_000, 10_000, 512]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(bytes), { flag: "a" });
    } catch {
      // Full, for pieces of this size.
    }
  }
}
