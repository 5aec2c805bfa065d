import { sql } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";
import { type Clinic, type Desk, operator, startDesk } from "../harness.ts";
import { peakMemoryMB, workerdPid } from "../sandbox/processes.ts";
import { writeVisits } from "./past-visits.ts";
import type { Measured } from "./run.ts";

const PATIENTS = 100_000;
const NUDGES = 20;

export const name = "plan";

/**
 * A run of 20 nudges over 100,000 people, each of whom one of them reminds: touches planned per second, with their audit
 * events, against the same rows written into the same table by a bare client, 1,000 to a batch.
 */
export async function run(): Promise<Measured> {
  const desk = await startDesk();
  try {
    const clinic = await desk.addTenant({ settings: { office: { windowOpens: "00:00", windowCloses: "23:59" } } });
    await furnish(desk, clinic);
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
      also: { seconds: Number(seconds.toFixed(1)) },
    };
  } finally {
    await desk.close();
  }
}

async function furnish(desk: Desk, clinic: Clinic): Promise<void> {
  const now = Date.now();
  await insertOffices(clinic.db);
  await writeVisits(clinic.db, PATIENTS, {
    startsAt: sql`${now + 2 * 3_600_000} + (n % 3000) * 1000`,
    officeId: sql.raw(`'off_' || (n % ${NUDGES})`),
    status: sql`'booked'`,
  });
  await clinic.db.run(sql`INSERT INTO message_templates (key, version, locale, channel, body, created_at)
    VALUES ('reminder', 1, 'en', 'sms', 'You have a visit soon.', 1)`);
  for (let index = 0; index < NUDGES; index += 1) {
    const nudge = {
      code: `nudge-${index}`,
      name: `Nudge ${index}`,
      category: "transactional",
      audience: { kind: "appointment_reminder", offices: [`off_${index}`] },
      steps: [{ channel: "sms", anchor: "appointment_start", offsetHours: -2, template: "reminder" }],
    };
    const saved = await operator(desk.edge, "/admin/v1/nudges/save", { tenant: clinic.slug, nudge });
    if (saved.status !== 201) throw new Error(`not saved: ${await saved.text()}`);
  }
  await clinic.db.run(sql`UPDATE nudges SET status = 'active'`);
}

async function insertOffices(db: Db): Promise<void> {
  for (let index = 0; index < NUDGES; index += 1) {
    await db.run(sql`INSERT INTO offices (id, name, time_zone, window_opens, window_closes)
      VALUES (${`off_${index}`}, 'Office', 'America/New_York', '00:00', '23:59')`);
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
