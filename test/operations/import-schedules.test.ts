import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TenantSettings, visitSource } from "../../edge/tenant-settings.ts";
import { commonGroundTenant } from "../../templates/tenants/common-ground.ts";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { person, pushImport } from "../imports.ts";

const EVERY_40 = { kind: "import", source: "concrete", everyMinutes: 40, timeZone: "UTC" } as const;
const MINUTE_MS = 60_000;

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

type Row = Record<string, unknown>;

const jobsOf = (clinic: Clinic) =>
  clinic.db.all<Row>(sql`SELECT kind, status, arguments, run_after_at FROM jobs ORDER BY created_at`);
const runsOf = (clinic: Clinic) =>
  clinic.db.all<Row & { due_at: number; started_at: number }>(
    sql`SELECT procedure_id, schedule_id, status, error, due_at, started_at FROM runs WHERE procedure_id = 'import' ORDER BY started_at, id`,
  );

/** Makes the schedule due since then, as if the clock had stood still, and lets it strike. Gives the next slot. */
async function strike(clinic: Clinic, dueAt: number): Promise<number> {
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = ${dueAt}`);
  await desk.strike(clinic);
  return eventually(async () => {
    const [row] = await clinic.db.all<{ at: number }>(
      sql`SELECT min(next_run_at) AS at FROM schedules WHERE is_active AND kind <> 'retention'`,
    );
    return row && row.at > Date.now() && row.at;
  });
}

async function lease(clinic: Clinic): Promise<{ jobId: string; leaseToken: string; arguments: object } | null> {
  const answer = await clinic.send("/jobs/lease", { kinds: ["import"], worker: "container-1" });
  return ((await answer.json()) as { lease: { jobId: string; leaseToken: string; arguments: object } | null }).lease;
}

test("a clinic with an import schedule gets import jobs for its source, and no readings of an EHR", async () => {
  const clinic = await desk.addTenant({ settings: { schedules: [{ ...EVERY_40 }] } });
  expect(await clinic.db.all(sql`SELECT id, kind FROM schedules WHERE is_active = 1 AND kind <> 'retention'`)).toEqual([
    { id: "sch_import_concrete", kind: "import" },
  ]);
  const dueAt = Date.now() - 1_000;
  await strike(clinic, dueAt);
  expect(await jobsOf(clinic)).toMatchObject([{ kind: "import", status: "waiting", run_after_at: dueAt }]);
  expect((await lease(clinic))?.arguments).toMatchObject({ source: "concrete", timeZone: "America/New_York" });
});

/** The office's day so many days ago. */
const dayAgo = (days: number) =>
  Temporal.Now.zonedDateTimeISO("America/New_York").toPlainDate().subtract({ days }).toString();

test("the first import goes back over the past, the first of a day reads all purchases, those after it only the newest days'", async () => {
  const clinic = await desk.addTenant({ settings: { schedules: [{ ...EVERY_40, historyDays: 400 }] } });
  const ordered = async () => {
    await strike(clinic, Date.now() - 1_000);
    const leased = await lease(clinic);
    await clinic.send(`/jobs/${leased?.jobId}/finish`, { leaseToken: leased?.leaseToken, status: "succeeded" });
    return leased?.arguments;
  };
  const always = { source: "concrete", timeZone: "America/New_York" };
  expect(await ordered()).toEqual({ ...always, appointmentsFrom: dayAgo(400) });
  const readAt = (at: number) => pushImport(clinic, { patient: [person(1)] }, { snapshotAt: at });
  await readAt(Date.now() - 25 * 60 * MINUTE_MS);
  expect(await ordered()).toEqual(always);
  await readAt(Date.now());
  expect(await ordered()).toEqual({ ...always, purchasesFrom: dayAgo(3) });
});

test("an import can be asked for by the container: one that is open will do, and a repeated request is one job", async () => {
  const clinic = await desk.addTenant({ settings: { schedules: [{ ...EVERY_40 }] } });
  const ask = async (id?: string) => {
    const answer = await clinic.send("/jobs", { kind: "import", source: "concrete" }, id ? { id } : {});
    expect(answer.status).toBe(201);
    return (await answer.json()) as { jobId: string };
  };
  const [first, again] = [await ask(), await ask()];
  expect(again).toEqual(first);
  expect(await jobsOf(clinic)).toMatchObject([{ kind: "import", status: "waiting" }]);
  expect((await lease(clinic))?.jobId).toBe(first.jobId);
  expect(await runsOf(clinic)).toMatchObject([{ schedule_id: "sch_import_concrete", status: "started" }]);
});

test("where visits come from is told by the schedules, unless the settings name it", () => {
  const schedule = { statuses: {} };
  const source = (schedules?: object[], named = {}) =>
    visitSource(
      TenantSettings.parse({ ...commonGroundTenant().settings, schedules, schedule: { ...schedule, ...named } }),
    );
  expect(source()).toBe("practice-fusion");
  expect(source([{ ...EVERY_40 }])).toBe("concrete");
  expect(source([{ ...EVERY_40, source: "sycle" }, { ...EVERY_40 }])).toBe("sycle");
  expect(source([{ ...EVERY_40 }, { kind: "scrape", localTimes: ["12:15"] }])).toBe("practice-fusion");
  expect(source([{ ...EVERY_40, source: "sycle" }, { ...EVERY_40 }], { source: "concrete" })).toBe("concrete");
});

test("a slot missed while the clock stood still runs once, says how late, and the next comes at its time [NUDGE-17]", async () => {
  const clinic = await desk.addTenant({ settings: { schedules: [{ ...EVERY_40, everyMinutes: 10 }] } });
  const dueAt = Math.floor((Date.now() - 30 * MINUTE_MS) / (10 * MINUTE_MS)) * 10 * MINUTE_MS;
  const nextAt = await strike(clinic, dueAt);
  expect(nextAt).toBe(Math.floor(Date.now() / (10 * MINUTE_MS) + 1) * 10 * MINUTE_MS);
  await lease(clinic);
  const [run, ...more] = await runsOf(clinic);
  expect(more).toEqual([]);
  expect(run).toMatchObject({ schedule_id: "sch_import_concrete", status: "started", due_at: dueAt });
  expect((run?.started_at ?? 0) - dueAt).toBeGreaterThanOrEqual(30 * MINUTE_MS);
  expect(await jobsOf(clinic)).toHaveLength(1);
});

test("a slot that comes while the run before it goes on is passed over and says so; the next one after it runs [NUDGE-19]", async () => {
  const clinic = await desk.addTenant({ settings: { schedules: [{ ...EVERY_40, timeoutMinutes: 90 }] } });
  await strike(clinic, Date.now() - 55 * MINUTE_MS);
  const first = await lease(clinic);
  await clinic.db.run(sql`UPDATE runs SET started_at = ${Date.now() - 55 * MINUTE_MS}`);
  const passedAt = Date.now() - 15 * MINUTE_MS;
  await strike(clinic, passedAt);
  await strike(clinic, passedAt);
  expect(await jobsOf(clinic)).toHaveLength(1);
  expect(await runsOf(clinic)).toMatchObject([
    { status: "started", error: null },
    { status: "skipped", error: "overlap", due_at: passedAt },
  ]);
  await clinic.send(`/jobs/${first?.jobId}/finish`, { leaseToken: first?.leaseToken, status: "succeeded" });
  await strike(clinic, Date.now() - 1_000);
  expect(await jobsOf(clinic)).toMatchObject([{ status: "succeeded" }, { status: "waiting" }]);
});

test("an import that no container has fetched stays one job, however many slots go by", async () => {
  const clinic = await desk.addTenant({ settings: { schedules: [{ ...EVERY_40 }] } });
  const firstDue = Date.now() - 90 * MINUTE_MS;
  await strike(clinic, firstDue);
  await strike(clinic, Date.now() - 50 * MINUTE_MS);
  await strike(clinic, Date.now() - 10 * MINUTE_MS);
  expect(await jobsOf(clinic)).toMatchObject([{ status: "waiting", run_after_at: firstDue }]);
  expect(await runsOf(clinic)).toEqual([]);
});

test("a schedule of no known kind is an error of the run, and the others still do theirs", async () => {
  const clinic = await desk.addTenant({ settings: { schedules: [{ ...EVERY_40 }] } });
  await clinic.db.run(sql`INSERT INTO schedules (id, kind, local_times, time_zone, next_run_at, silent_after_hours)
    VALUES ('sch_a', 'horoscope', '["08:00"]', 'UTC', 0, 26)`);
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = 1`);
  await desk.strike(clinic);
  const failed = () => clinic.db.all(sql`SELECT error FROM runs WHERE procedure_id = 'schedule' AND status = 'failed'`);
  await eventually(async () => (await failed()).length > 0);
  expect(await jobsOf(clinic)).toHaveLength(1);
});

test("changed schedules take the place of the old ones", async () => {
  const clinic = await desk.addTenant();
  const schedules = [{ kind: "import", source: "sycle", profile: "legacy", weekdays: [1, 2, 3, 4, 5] }];
  const answer = await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings: { schedules } });
  expect(answer.status).toBe(200);
  expect(await clinic.db.all(sql`SELECT * FROM schedules WHERE is_active = 1 AND kind <> 'retention'`)).toMatchObject([
    {
      id: "sch_import_sycle",
      every_minutes: 40,
      time_zone: "UTC",
      window_opens: "15:00",
      window_closes: "24:00",
      weekdays: "[1,2,3,4,5]",
    },
  ]);
  // What is set once more is as it was read.
  const again = await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, name: "The Same" });
  expect([again.status, (await clinic.db.all(sql`SELECT 1 FROM schedules WHERE is_active = 1`)).length]).toEqual([
    200, 2,
  ]);
});

test.each([
  ["neither interval nor times", [{ kind: "import", source: "concrete" }]],
  ["both", [{ ...EVERY_40, localTimes: ["08:00"] }]],
  ["a window that ends before it begins", [{ ...EVERY_40, windowOpens: "18:00", windowCloses: "08:00" }]],
  ["an import of nothing", [{ kind: "import", everyMinutes: 40 }]],
  ["a scrape that reads the past", [{ kind: "scrape", localTimes: ["08:00"], historyDays: 30 }]],
  ["a scrape that names a source", [{ ...EVERY_40, kind: "scrape" }]],
  ["the same twice", [EVERY_40, { ...EVERY_40, everyMinutes: 20 }]],
  ["no such kind", [{ kind: "horoscope", everyMinutes: 40 }]],
  ["no such setting", [{ ...EVERY_40, evryMinutes: 40 }]],
])("%s in the schedules is refused and named", async (_, schedules) => {
  const clinic = await desk.addTenant();
  const answer = await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings: { schedules } });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(await answer.json())).toContain('"schedules');
});
