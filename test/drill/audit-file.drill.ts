import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "drizzle-orm";
import { eventually, operator } from "../harness.ts";
import { todayIn } from "../visits.ts";
import { drill } from "./drill.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-24 (a changed row that verifies). */

export const forgedAudit = drill(
  "an audit row that is changed or taken out in the database's own file is named, the first of several, whatever was written since [F-24]",
  async (kit) => {
    const world = await kit.world();
    await world.clinic.push(todayIn(), world.people(6));
    await world.settle();
    await world.twilio.settled();
    const rows = await chained(world);
    assert.deepEqual(await verdict(world), { checked: rows, broken: null });
    const found: string[] = [];
    // From the end to the beginning: each time an earlier one is the first that does not fit.
    for (let seq = rows - 1, round = 0; seq > 1 && round < kit.rounds(6, 60); round += 1) {
      const isTakenOut = kit.random() < 0.5;
      await inFile(world, isTakenOut ? `DELETE FROM audit WHERE seq = ${seq}` : forgery(kit.random(), seq));
      await world.clinic.push(todayIn(), world.people(1));
      const problem = isTakenOut ? "missing" : "changed";
      assert.deepEqual((await verdict(world)).broken, { seq, problem });
      found.push(`${seq} ${problem}`);
      seq -= 1 + Math.floor(kit.random() * 3);
    }
    kit.report({ rows, found: found.join(", ") });
  },
  {
    guard: [
      {
        file: "edge/operations/verify-audit.ts",
        clause: "if (hash !== right ||",
        without: "if (",
      },
    ],
  },
);

/** One column of the row says something else. */
function forgery(random: number, seq: number): string {
  const columns = [
    "at = at + 1",
    "actor = 'operator'",
    "action = 'touch.sent'",
    "entity_id = 'pat_0'",
    "details = '{ }'",
  ];
  return `UPDATE audit SET ${columns[Math.floor(random * columns.length)]}, request_id = 'x' WHERE seq = ${seq}`;
}

/** How many rows there are once all of them are in the chain. */
function chained(world: World): Promise<number> {
  return eventually(async () => {
    await world.wake();
    const [row] = await world.clinic.db.all<{ events: number; links: number }>(
      sql`SELECT (SELECT max(seq) FROM audit) AS events, (SELECT max(seq) FROM audit_chain) AS links`,
    );
    return row?.events === row?.links && row?.events;
  });
}

async function verdict(world: World): Promise<{ checked: number; broken: unknown }> {
  const answer = await operator(world.edge(), "/admin/v1/audit/verify", { tenant: world.clinic.slug });
  const { checked, broken } = (await answer.json()) as { checked: number; broken: unknown };
  return { checked, broken };
}

/** What somebody at the server does with the store stopped: no trigger of ours and no code of ours is in the way. */
async function inFile(world: World, statement: string): Promise<void> {
  await world.sqld.stop();
  const file = new DatabaseSync(join(world.sqld.folder, "sqld/dbs", `tenant-${world.clinic.slug}`, "data"));
  file.exec("DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete");
  assert.equal(file.prepare(statement).run().changes, 1);
  file.close();
  await world.sqld.restart();
}
