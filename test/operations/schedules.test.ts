import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { nextDaily } from "./next-daily.ts";

const TIMES = ["12:15", "16:15", "19:15"];
const ZONE = "America/New_York";
const DAY_MS = 86_400_000;

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

type Job = { status: string; run_after_at: number; days: string[] };

async function jobsOf(clinic: Clinic): Promise<Job[]> {
  const rows = await clinic.db.all<Omit<Job, "days"> & { arguments: string }>(
    sql`SELECT * FROM jobs ORDER BY created_at`,
  );
  return rows.map(({ status, run_after_at, arguments: text }) => ({
    status,
    run_after_at,
    days: JSON.parse(text).days,
  }));
}

async function nextRunOf(clinic: Clinic): Promise<number> {
  const [row] = await clinic.db.all<{ at: number }>(sql`SELECT next_run_at AS at FROM schedules`);
  return row?.at ?? 0;
}

/** Sets the schedule's next time, as if the clock had stood still since, and lets it strike. */
async function strike(clinic: Clinic, dueAt: number): Promise<void> {
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = ${dueAt}`);
  await desk.strike(clinic);
  await eventually(async () => (await nextRunOf(clinic)) > Date.now());
}

function daysUpToToday(count: number): string[] {
  const today = Temporal.Now.plainDateISO(ZONE);
  return Array.from({ length: count }, (_, index) => today.subtract({ days: count - 1 - index }).toString());
}

test("a new clinic's schedule is first read at its own next time, not at once", async () => {
  const before = Date.now();
  const clinic = await desk.addTenant();
  expect(await nextRunOf(clinic)).toBe(nextDaily(TIMES, ZONE, before));
  expect(await jobsOf(clinic)).toEqual([]);
});

test("a time that has come makes one job with today and the days before it, and the next time is set", async () => {
  const clinic = await desk.addTenant();
  const dueAt = Date.now() - 30_000;
  await strike(clinic, dueAt);
  expect(await nextRunOf(clinic)).toBe(nextDaily(TIMES, ZONE, Date.now()));
  await strike(clinic, dueAt);
  expect(await jobsOf(clinic)).toEqual([{ status: "waiting", run_after_at: dueAt, days: daysUpToToday(3) }]);
});

test("times missed while the clock stood still are made up by one job that reads every missed day", async () => {
  const clinic = await desk.addTenant();
  await strike(clinic, Date.now() - 5 * DAY_MS);
  const [job, ...more] = await jobsOf(clinic);
  expect(more).toEqual([]);
  expect(job?.days).toEqual(daysUpToToday(8));
});

test("a container that was away finds one job with all days, due since the first of them", async () => {
  const clinic = await desk.addTenant();
  const firstDue = Date.now() - 4 * DAY_MS;
  await strike(clinic, firstDue);
  await strike(clinic, Date.now() - 60_000);
  expect(await jobsOf(clinic)).toEqual([{ status: "waiting", run_after_at: firstDue, days: daysUpToToday(7) }]);
  await clinic.send("/jobs/lease", { kinds: ["scrape"], worker: "container-1" });
  await strike(clinic, Date.now() - 1_000);
  expect(await jobsOf(clinic)).toMatchObject([{ status: "leased" }, { status: "waiting", days: daysUpToToday(3) }]);
});

test("a job whose container is lost every time is begun five times and no more: somebody is told, and the next job has its turn", async () => {
  const clinic = await desk.addTenant();
  const lease = async () => {
    const answer = await clinic.send("/jobs/lease", { kinds: ["scrape"], worker: "container-1" });
    return ((await answer.json()) as { lease: { jobId: string } | null }).lease?.jobId ?? null;
  };
  const lose = () => clinic.db.run(sql`UPDATE jobs SET lease_until = 1 WHERE status = 'leased'`);
  const ask = async (day: string) =>
    ((await (await clinic.send("/jobs", { kind: "scrape", days: [day] })).json()) as { jobId: string }).jobId;
  const [poison, next] = [await ask("2026-01-02"), await ask("2026-01-03")];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    expect(await lease()).toBe(poison);
    await lose();
  }
  expect(await lease()).toBe(next);
  await desk.strike(clinic);
  const [job] = await eventually(async () => {
    const jobs = await clinic.db.all(
      sql`SELECT error_code AS code FROM jobs WHERE id = ${poison} AND status = 'failed'`,
    );
    return jobs.length > 0 && jobs;
  });
  expect(job).toEqual({ code: "worker_lost" });
  const runs = await clinic.db.all(
    sql`SELECT DISTINCT status FROM runs WHERE procedure_id = 'scrape' AND error IS NOT NULL`,
  );
  expect(runs).toEqual([{ status: "failed" }]);
  const alarms = await clinic.db.all(sql`SELECT code, detail FROM alarms`);
  expect(alarms).toEqual([{ code: "run_failed", detail: '{"code":"worker_lost","status":"failed"}' }]);
});

test("a job that is asked for again under the same request id is the same job, also at once; another body is a conflict [BAD-35]", async () => {
  const clinic = await desk.addTenant();
  const ask = (days: string[], id: string) => clinic.send("/jobs", { kind: "scrape", days }, { id });
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(["2026-01-02"], "msg_once")));
  const documents = await Promise.all(answers.map((answer) => answer.json()));
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(201));
  expect(new Set(documents.map((document) => JSON.stringify(document))).size).toBe(1);
  expect((await ask(["2026-01-03"], "msg_once")).status).toBe(409);
  expect(await jobsOf(clinic)).toMatchObject([{ days: ["2026-01-02"] }]);
  expect(await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'job.created'`)).toHaveLength(1);
  expect((await ask(["2026-01-02"], "msg_another")).status).toBe(201);
  expect(await jobsOf(clinic)).toHaveLength(2);
});
