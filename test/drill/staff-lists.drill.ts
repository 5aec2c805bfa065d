import assert from "node:assert/strict";
import { sql } from "drizzle-orm";
import { startSession } from "../../edge/console/auth/session.ts";
import { operator } from "../harness.ts";
import { STAFF } from "../sandbox/oidc/staff.ts";
import { todayIn } from "../visits.ts";
import { load } from "./drill.ts";
import { percentile } from "./percentile.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: L-7 (a list in an order of which there is no index). */

const SHORT_LIST = 400;
const PEOPLE = 200;

export const lists = load(
  "a list of a million messages opens as quickly as a short one, at its end as at its beginning, however it is narrowed [L-7]",
  async (kit) => {
    const messages = kit.rounds(60_000, 1_000_000);
    const world = await kit.world();
    await world.clinic.push(
      todayIn(),
      world.people(PEOPLE).map((person) => ({ ...person, status: "Scheduled" })),
    );
    await world.clinic.db.run(sql`INSERT INTO message_templates (key, version, locale, channel, body, created_at)
      VALUES ('reminder', 1, 'en', 'sms', 'You have a visit soon.', 1)`);
    await writeMessages(world, "nudge-0", messages);
    await writeMessages(world, "nudge-1", SHORT_LIST);
    const cookie = await signedIn(world);
    const open = async (path: string) => {
      const began = performance.now();
      const answer = await fetch(`${world.edge().url}/t/${world.clinic.slug}${path}`, { headers: { cookie } });
      assert.equal(answer.status, 200, path);
      await answer.text();
      return performance.now() - began;
    };
    const waits: Record<"newest" | "middle" | "oldest" | "short", number[]> = {
      newest: [],
      middle: [],
      oldest: [],
      short: [],
    };
    for (let round = 0; round < kit.rounds(20, 300); round += 1) {
      const list = `/nudges/nudge-0/messages?show=${["all", "sent", "failed", "skipped"][round % 4]}`;
      waits.newest.push(await open(list));
      waits.middle.push(await open(`${list}&before=${cursorAt(Math.ceil(kit.random() * messages))}`));
      waits.oldest.push(await open(`${list}&before=${cursorAt(SHORT_LIST)}`));
      waits.short.push(await open(list.replace("nudge-0", "nudge-1")));
    }
    const medians = Object.fromEntries(Object.entries(waits).map(([where, ms]) => [where, percentile(ms, 0.5)]));
    const p95Ms = percentile([...waits.newest, ...waits.middle, ...waits.oldest], 0.95);
    kit.report({ messages, p95Ms, medianMs: JSON.stringify(medians) });
    for (const where of ["newest", "middle", "oldest"]) {
      assert.ok((medians[where] ?? 0) < 2 * (medians.short ?? 0) + 10, `${where}: ${JSON.stringify(medians)}`);
    }
    if (kit.isLong) assert.ok(p95Ms < 300, "95 in 100 within 0.3 s");
  },
  {
    guard: [
      {
        file: "edge/console/nudges/list-messages.ts",
        clause: ".orderBy(desc(touches.createdAt), desc(touches.id))",
        without: ".orderBy(desc(touches.dueAt), desc(touches.id))",
      },
    ],
  },
);

/** Spread over two months, so that narrowing by age leaves none of them out. */
const FROM = Date.now() - 60 * 86_400_000;
const EACH_MS = 5;

/** A nudge, and what was sent for it long since, the n-th of it at `FROM` and n times five milliseconds. */
async function writeMessages(world: World, code: string, count: number): Promise<void> {
  const nudge = {
    code,
    name: code,
    category: "transactional",
    audience: { kind: "appointment_reminder" },
    steps: [{ channel: "sms", anchor: "appointment_start", offsetHours: -2, template: "reminder" }],
  };
  const saved = await operator(world.edge(), "/admin/v1/nudges/save", { tenant: world.clinic.slug, nudge });
  assert.equal(saved.status, 201);
  for (let from = 0; from < count; from += 20_000) {
    const upTo = Math.min(from + 20_000, count);
    await world.clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, nudge_id, office_id, channel, template_key,
        template_version, status, due_at, not_after_at, created_at, updated_at)
      WITH RECURSIVE each(n) AS (SELECT ${from} + 1 UNION ALL SELECT n + 1 FROM each WHERE n < ${upTo})
      SELECT printf('tch_%s%028x', substr(nudges.id, -4), n), nudges.code || n, 'nudge',
        (SELECT id FROM patients WHERE rowid = 1 + n % ${PEOPLE}), nudges.id, 'off_main', 'sms', 'reminder', 1,
        CASE n % 10 WHEN 0 THEN 'skipped' WHEN 1 THEN 'failed' ELSE 'delivered' END,
        1, 1, ${FROM} + n * ${EACH_MS}, ${FROM} + n * ${EACH_MS}
      FROM nudges, each WHERE nudges.code = ${code}`);
  }
}

/** The page that begins behind the n-th message. */
function cursorAt(n: number): string {
  return `${FROM + n * EACH_MS}.tch_${"0".repeat(32)}`;
}

async function signedIn({ directory }: World): Promise<string> {
  const { email, name } = STAFF[0] ?? { email: "", name: "" };
  return `__Host-hearback=${await startSession(directory, { subject: email, email, name }, Date.now())}`;
}
