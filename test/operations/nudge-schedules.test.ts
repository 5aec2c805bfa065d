import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judgeReadiness } from "../../edge/operations/read-readiness.ts";
import { alarmsOf, type Line } from "../clinic-line.ts";
import { activate, addRemindingLine, pushVisits, reminder, visitIn } from "../engagement/nudge-line.ts";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { booking, lastOf, person, pushImport } from "../imports.ts";

const MINUTE_MS = 60_000;
const SCHEDULES = [
  { kind: "import", source: "concrete", everyMinutes: 40, timeZone: "UTC" },
  { kind: "nudges", everyMinutes: 40, timeZone: "UTC" },
];

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

type Run = { id: string; status: string; error: string | null; counts: string; due_at: number; started_at: number };

const nudgeRuns = (clinic: Clinic) =>
  clinic.db.all<Run>(sql`SELECT * FROM runs WHERE procedure_id = 'nudges' ORDER BY started_at, id`);

/** A clinic with a nudge at work; its first run, at once where it waits for nothing, is over. */
async function addNudging(number: string, schedules?: object[]): Promise<Line> {
  const clinic = await addRemindingLine(desk, number, schedules ? { schedules } : {});
  await activate(desk, clinic, reminder());
  await eventually(async () => (await nudgeRow(clinic))?.is_active === 1);
  if (!schedules) await eventually(async () => (await nudgeRuns(clinic))[0]?.status === "succeeded");
  if (!schedules) await clinic.strike();
  return clinic;
}

/** Makes these kinds' slot of then due, and strikes until something has come of it. */
async function strikeAt(clinic: Line, dueAt: number, kinds = ["import", "nudges"]): Promise<void> {
  for (const kind of kinds) {
    await clinic.db.run(
      sql`UPDATE schedules SET next_run_at = ${dueAt}, waiting_slot_at = NULL WHERE kind = ${kind} AND is_active = 1`,
    );
  }
  await clinic.strike();
}

type Lease = { jobId: string; leaseToken: string; runId: string };

async function leaseImport(clinic: Line): Promise<Lease> {
  const answer = await clinic.send("/jobs/lease", { kinds: ["import"], worker: "container-1" });
  return ((await answer.json()) as { lease: Lease }).lease;
}

function finish(clinic: Line, { jobId, leaseToken }: Lease, status = "succeeded"): Promise<Response> {
  return clinic.send(`/jobs/${jobId}/finish`, { leaseToken, status });
}

/** An import of one visit, from the lease to the applied rows. */
async function importData(clinic: Line): Promise<void> {
  const lease = await leaseImport(clinic);
  const visits = [booking(1, new Date(Date.now() + 130 * MINUTE_MS).toISOString())];
  expect(await lastOf(pushImport(clinic, { patient: [person(1)], appointment: visits }))).toBe("applied");
  expect((await finish(clinic, lease)).status).toBe(204);
}

const nudgeRow = async (clinic: Line) => {
  const [row] = await clinic.db.all<{ is_active: number; next_run_at: number; waiting_slot_at: number | null }>(
    sql`SELECT * FROM schedules WHERE kind = 'nudges'`,
  );
  return row;
};

test("without a schedule of their own nudges run every five minutes, from the first one at work to the last", async () => {
  const clinic = await addRemindingLine(desk, "+12025550160");
  expect(await nudgeRow(clinic)).toMatchObject({ is_active: 0 });
  await activate(desk, clinic, reminder());
  await eventually(async () => (await nudgeRuns(clinic)).length === 1);
  const row = await nudgeRow(clinic);
  expect(row).toMatchObject({ is_active: 1, every_minutes: 5, time_zone: "UTC" });
  expect((row?.next_run_at ?? 0) % (5 * MINUTE_MS)).toBe(0);
  expect((row?.next_run_at ?? 0) - Date.now()).toBeLessThanOrEqual(5 * MINUTE_MS);
  await clinic.db.run(sql`UPDATE nudges SET status = 'paused'`);
  await clinic.strike();
  expect(await nudgeRow(clinic)).toMatchObject({ is_active: 0 });
});

test("a slot of the nudges that was missed runs once, with how late it was, and what it planned [NUDGE-17]", async () => {
  const clinic = await addNudging("+12025550161");
  await pushVisits(clinic, [visitIn(150, { phone: "+12025550162" })]);
  const dueAt = Date.now() - 30 * MINUTE_MS;
  await strikeAt(clinic, dueAt);
  const run = await eventually(async () => (await nudgeRuns(clinic)).find((each) => each.due_at === dueAt));
  expect(run.started_at - dueAt).toBeGreaterThanOrEqual(1_800_000);
  expect(run.status).toBe("succeeded");
  expect((await nudgeRuns(clinic)).filter((each) => each.due_at < Date.now() - MINUTE_MS)).toHaveLength(1);
  expect((await nudgeRow(clinic))?.next_run_at).toBeGreaterThan(Date.now());
});

test("of runs that found nothing new only the last is kept", async () => {
  const clinic = await addNudging("+12025550163");
  for (let count = 0; count < 3; count += 1) await strikeAt(clinic, Date.now());
  const runs = await nudgeRuns(clinic);
  expect(runs).toMatchObject([{ status: "succeeded", counts: "{}", error: null }]);
});

test("a slot that comes while the nudges still run is passed over, and nothing is planned twice [NUDGE-19]", async () => {
  const clinic = await addNudging("+12025550164");
  await eventually(async () => (await nudgeRuns(clinic)).length === 1);
  // The run that began four minutes ago is still at it.
  await clinic.db.run(
    sql`UPDATE runs SET status = 'started', started_at = ${Date.now() - 4 * MINUTE_MS} WHERE procedure_id = 'nudges'`,
  );
  const dueAt = Date.now();
  await strikeAt(clinic, dueAt);
  await eventually(async () => (await nudgeRuns(clinic)).length === 2);
  expect(await nudgeRuns(clinic)).toMatchObject([
    { status: "started" },
    { status: "skipped", error: "overlap", due_at: dueAt },
  ]);
  // It never ends: its Worker died. After its ten minutes it is given up, and the next slot runs.
  await clinic.db.run(sql`UPDATE runs SET started_at = ${Date.now() - 12 * MINUTE_MS} WHERE status = 'started'`);
  await strikeAt(clinic, Date.now() - 1);
  await eventually(async () => (await nudgeRuns(clinic)).length === 3);
  expect((await nudgeRuns(clinic)).map(({ status }) => status).sort()).toEqual(["skipped", "succeeded", "timeout"]);
});

test("two turns of the clock at once run a slot once", async () => {
  const clinic = await addNudging("+12025550165");
  await eventually(async () => (await nudgeRuns(clinic)).length === 1);
  await pushVisits(clinic, [visitIn(150, { phone: "+12025550166" })]);
  const dueAt = Date.now();
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = ${dueAt} WHERE kind = 'nudges'`);
  await Promise.all([clinic.strike(), clinic.strike(), clinic.strike()]);
  await eventually(async () => (await nudgeRuns(clinic)).some((run) => run.due_at === dueAt));
  expect((await nudgeRuns(clinic)).filter((run) => run.due_at === dueAt)).toHaveLength(1);
});

test("nudges wait until the import of their slot has ended, and run at once afterwards", async () => {
  const clinic = await addNudging("+12025550167", SCHEDULES);
  const dueAt = Date.now() - 1_000;
  await strikeAt(clinic, dueAt);
  const before = await nudgeRuns(clinic);
  expect(before.filter((run) => run.due_at === dueAt)).toEqual([]);
  expect(await nudgeRow(clinic)).toMatchObject({ waiting_slot_at: dueAt });
  await importData(clinic);
  await desk.edge.cron();
  const run = await eventually(async () => (await nudgeRuns(clinic)).find((each) => each.due_at === dueAt));
  expect(run.status === "succeeded" || run.status === "started").toBe(true);
  await clinic.until("planned", "delivered");
});

test("one clinic's source that hangs ends as timeout and its nudges are held; other clinics run in their normal time [NUDGE-18]", async () => {
  const [bcb, mhc, ssm] = await Promise.all([
    addNudging("+12025550170", SCHEDULES),
    addNudging("+12025550171", SCHEDULES),
    addNudging("+12025550172", SCHEDULES),
  ]);
  const dueAt = Date.now() - 1_000;
  for (const clinic of [bcb, mhc, ssm]) await strikeAt(clinic, dueAt);
  const hanging = await leaseImport(bcb);
  const began = Date.now();
  for (const clinic of [mhc, ssm]) {
    await importData(clinic);
    await clinic.until("planned", "delivered");
    expect(await nudgeRuns(clinic)).toMatchObject(expect.arrayContaining([expect.objectContaining({ due_at: dueAt })]));
    expect(await alarmsOf(clinic)).toEqual([]);
  }
  expect(Date.now() - began).toBeLessThan(30_000);
  // Half an hour goes by, and the source still says nothing.
  await bcb.db.run(sql`UPDATE runs SET started_at = started_at - ${31 * MINUTE_MS} WHERE id = ${hanging.runId}`);
  await bcb.db.run(sql`UPDATE schedules SET next_run_at = 1 WHERE kind = 'nudges'`);
  await bcb.strike();
  expect(await bcb.db.all(sql`SELECT status, error FROM runs WHERE procedure_id = 'import'`)).toEqual([
    { status: "timeout", error: "timeout" },
  ]);
  const held = await eventually(async () => (await nudgeRuns(bcb)).find(({ status }) => status === "held"));
  expect(held).toMatchObject({ error: "data_too_old", due_at: dueAt });
  expect(await alarmsOf(bcb)).toEqual(["run_failed", "slot_held"]);
  // What hangs has lost its lease: nothing that it still says counts.
  expect((await finish(bcb, hanging)).status).toBe(409);
  // However often it is looked at, it stays one run and one alarm.
  await strikeAt(bcb, Date.now() - 1, []);
  expect((await nudgeRuns(bcb)).filter(({ status }) => status === "held")).toHaveLength(1);
  // The next import brings fresh data, and the nudges go on by themselves.
  await strikeAt(bcb, Date.now() - 1, ["import"]);
  await importData(bcb);
  await eventually(async () => {
    await desk.edge.cron();
    return (await nudgeRuns(bcb)).some((run) => run.due_at === dueAt && run.status === "succeeded");
  });
  expect(await alarmsOf(bcb)).toEqual(["run_failed"]);
  expect(await nudgeRow(bcb)).toMatchObject({ waiting_slot_at: null });
});

test("two failures in a row, and three slots without a success, are told", async () => {
  const clinic = await addNudging("+12025550173", SCHEDULES);
  for (let count = 0; count < 2; count += 1) {
    await strikeAt(clinic, Date.now() - 1, ["import"]);
    await finish(clinic, await leaseImport(clinic), "failed");
  }
  await clinic.strike();
  expect(await alarmsOf(clinic)).toContain("runs_fail");
  expect(await alarmsOf(clinic)).not.toContain("slots_without_success");
  await clinic.db.run(sql`UPDATE runs SET started_at = started_at - ${121 * MINUTE_MS} WHERE procedure_id = 'import'`);
  await clinic.strike();
  expect(await alarmsOf(clinic)).toContain("slots_without_success");
});

const SLOT = Date.parse("2027-02-10T15:00:00Z");
const minutes = (count: number) => SLOT + count * MINUTE_MS;

test.each([
  ["reading goes on", { isUnderWay: true, readAt: null }, 5, "waiting"],
  ["reading goes on though data are fresh", { isUnderWay: true, readAt: minutes(-40) }, 5, "waiting"],
  ["reading goes on past its limit, data are fresh", { isUnderWay: true, readAt: minutes(-40) }, 30, "ready"],
  ["reading goes on past its limit, data are old", { isUnderWay: true, readAt: minutes(-91) }, 30, "too_old"],
  ["reading has ended", { isUnderWay: false, readAt: minutes(4) }, 5, "ready"],
  ["reading has failed, data are 120 minutes old", { isUnderWay: false, readAt: minutes(-115) }, 5, "ready"],
  ["reading has failed, data are older", { isUnderWay: false, readAt: minutes(-116) }, 5, "too_old"],
  ["nothing was ever read", { isUnderWay: false, readAt: null }, 5, "too_old"],
])("a slot whose source's %s is judged by it", (_, source, after, expected) => {
  const facts = { ...source, timeoutSeconds: 1_800 };
  expect(judgeReadiness([facts], SLOT, minutes(after), 120)).toBe(expected);
  const fine = { isUnderWay: false, readAt: minutes(after), timeoutSeconds: null };
  expect(judgeReadiness([fine, facts], SLOT, minutes(after), 120)).toBe(expected);
});
