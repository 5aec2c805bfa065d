import { sql } from "drizzle-orm";
import { type Clinic, type Desk, startDesk } from "../harness.ts";
import { peakMemoryMB, workerdPid } from "../sandbox/processes.ts";
import type { Measured } from "./run.ts";

export const name = "tick";

const WITH_WORK = 10;
const TENANTS = 1_000;
const ROUNDS = 15;

/** From the clock's strike until ten clinics have done their minute's work, among a thousand clinics and among ten. */
export async function run(): Promise<Measured> {
  const [many, few] = [await startTenants(TENANTS), await startTenants(WITH_WORK)];
  try {
    const times: [ours: number[], baseline: number[]] = [[], []];
    for (let round = -2; round < ROUNDS; round += 1) {
      for (const [index, tenants] of [many, few].entries()) {
        const ms = await strike(tenants);
        // The first two rounds warm up and are not counted.
        if (round >= 0) times[index]?.push(ms);
      }
    }
    const [value, baseline] = times.map(median) as [number, number];
    const memoryMB = await peakMemoryMB(await workerdPid(Number(new URL(many.desk.edge.url).port)));
    return {
      value,
      unit: "ms",
      baseline,
      ratio: Number((value / baseline).toPrecision(4)),
      aim: 1.5,
      aims: "most",
      memoryMB,
    };
  } finally {
    await Promise.all([many.desk.close(), few.desk.close()]);
  }
}

type Tenants = { desk: Desk; clinics: Clinic[] };

/** A desk with so many clinics, of which ten are real; the others rest in the directory, where only the clock sees them. */
async function startTenants(count: number): Promise<Tenants> {
  const desk = await startDesk();
  const clinics: Clinic[] = [];
  for (let made = 0; made < WITH_WORK; made += 1) clinics.push(await desk.addTenant());
  const restingUntil = Date.now() + 3_600_000;
  await desk.directory.run(sql`INSERT INTO tenants (id, number, slug, name, database, settings, status, next_due_at, created_at)
    WITH RECURSIVE numbers(n) AS (SELECT ${WITH_WORK + 1} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
    SELECT 'ten_resting_' || n, n, 'resting-' || n, name, database, settings, 'active', ${restingUntil}, created_at
    FROM numbers, (SELECT * FROM tenants WHERE number = 1) WHERE n <= ${count}`);
  return { desk, clinics };
}

/** Makes every real clinic's schedule due, strikes, and waits until each has done what was due. */
async function strike({ desk, clinics }: Tenants): Promise<number> {
  const dueAt = Date.now();
  for (const { db } of clinics) await db.run(sql`UPDATE schedules SET next_run_at = ${dueAt} WHERE kind = 'scrape'`);
  await desk.directory.run(sql`UPDATE tenants SET next_due_at = 1 WHERE id NOT LIKE 'ten_resting%'`);
  // Due since long ago: the clock serves them itself, so that the queue's own waiting is not measured.
  const began = performance.now();
  await desk.edge.cron();
  const ms = performance.now() - began;
  const [left] = await desk.directory.all<{ n: number }>(
    sql`SELECT count(*) AS n FROM tenants WHERE next_due_at <= ${dueAt}`,
  );
  if (left?.n !== 0) throw new Error(`${left?.n} clinics were not served`);
  return ms;
}

function median(values: number[]): number {
  return Number((values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN).toFixed(1));
}
