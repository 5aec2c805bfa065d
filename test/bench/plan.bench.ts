import { sql } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";
import { type Desk, operator, startDesk } from "../harness.ts";
import { peakMemoryMB, workerdPid } from "../sandbox/processes.ts";
import { activeNudges } from "./active-nudges.ts";
import type { Measured } from "./run.ts";

const PATIENTS = 100_000;
const NUDGES = 20;
/** A quarter of what Cloudflare allows an isolate. What the process holds beside it is workerd's own. */
const HEAP_MB = 32;

export const name = "plan";

/**
 * A run of 20 nudges over 100,000 people, each of whom one of them reminds: touches planned per second, with their audit
 * events, against the same rows written into the same table by a bare client, 1,000 to a batch. The isolate has its heap
 * limited, and would die beyond.
 */
export async function run(): Promise<Measured> {
  const desk = await startDesk({}, { heapMB: HEAP_MB });
  try {
    const clinic = await desk.addTenant({ settings: { office: { windowOpens: "00:00", windowCloses: "23:59" } } });
    await activeNudges(desk.edge, clinic, { people: PATIENTS, nudges: NUDGES });
    const began = performance.now();
    const answer = await operator(desk.edge, "/admin/v1/nudges/run", { tenant: clinic.slug });
    const counts = (await answer.json()) as { planned: number };
    const seconds = (performance.now() - began) / 1000;
    if (counts.planned !== PATIENTS) throw new Error(`not all planned: ${JSON.stringify(counts)}`);
    const again = (await (
      await operator(desk.edge, "/admin/v1/nudges/run", { tenant: clinic.slug })
    ).json()) as typeof counts;
    if (again.planned !== 0) throw new Error(`${again.planned} planned twice`);
    const baselineSeconds = await insertBare(desk, clinic.db);
    const pid = await workerdPid(Number(new URL(desk.edge.url).port));
    return {
      value: Math.round(PATIENTS / seconds),
      baseline: Math.round(PATIENTS / baselineSeconds),
      ratio: Number((baselineSeconds / seconds).toPrecision(4)),
      unit: "touches/s",
      aim: 0.4,
      memoryMB: await peakMemoryMB(pid),
      also: { seconds: Number(seconds.toFixed(1)), heapLimitMB: HEAP_MB },
    };
  } finally {
    await desk.close();
  }
}

/** The same rows again, as a program without any promise would write them. Returns seconds. */
async function insertBare(desk: Desk, from: Db): Promise<number> {
  const { db } = await desk.addTenant();
  const rows = await from.all<Row>(sql`SELECT id, dedupe_key, patient_id, appointment_id, nudge_id, step_id, office_id,
    anchor_at, due_at, not_after_at FROM touches LIMIT 10000`);
  const began = performance.now();
  for (let start = 0; start < rows.length; start += 1000) {
    const [first, ...rest] = rows.slice(start, start + 1000).map((row) =>
      db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, appointment_id, nudge_id, step_id, office_id, channel,
          template_key, template_version, status, anchor_at, due_at, not_after_at, created_at, updated_at)
        VALUES (${row.id}, ${row.dedupe_key}, 'nudge', ${row.patient_id}, ${row.appointment_id}, ${row.nudge_id}, ${row.step_id},
          ${row.office_id}, 'sms', 'reminder', 1, 'planned', ${row.anchor_at}, ${row.due_at}, ${row.not_after_at}, 1, 1)`),
    );
    if (first) await db.batch([first, ...rest]);
  }
  return ((performance.now() - began) / 1000) * (PATIENTS / rows.length);
}

type Row = Record<
  "id" | "dedupe_key" | "patient_id" | "appointment_id" | "nudge_id" | "step_id" | "office_id",
  string
> & { anchor_at: number; due_at: number; not_after_at: number };
