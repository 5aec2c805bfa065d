import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { linesOf } from "./lines-of.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

type Run = {
  id: string;
  procedure_id: string;
  parent_run_id: string | null;
  status: string;
  counts: string;
  error: string | null;
  due_at: number | null;
  started_at: number;
  finished_at: number;
};

function runsOf(clinic: Clinic): Promise<Run[]> {
  return clinic.db.all<Run>(sql`SELECT * FROM runs ORDER BY started_at, id`);
}

test("a tick and each of its steps that did something is a run with counts, and a log line with the same ids", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550111" })]);
  await desk.strike(clinic);
  const runs = await eventually(async () => {
    const rows = await runsOf(clinic);
    return rows.some((run) => run.procedure_id === "dispatch") && rows;
  });
  const parent = runs.find((run) => run.procedure_id === "tick");
  const plan = runs.find((run) => run.procedure_id === "plan");
  expect(plan).toMatchObject({ parent_run_id: parent?.id, status: "succeeded", error: null });
  expect(JSON.parse(plan?.counts ?? "")).toMatchObject({ looked: 1, planned: 1 });
  expect(plan?.finished_at).toBeGreaterThanOrEqual(plan?.started_at ?? Number.NaN);
  const line = linesOf(desk, clinic).find((each) => each.run_id === plan?.id);
  expect(line).toMatchObject({
    event: "procedure succeeded",
    procedure_id: "plan",
    parent_run_id: parent?.id,
    run_status: "succeeded",
    run_return_value: { looked: 1, planned: 1 },
    duration_ms: expect.any(Number),
  });
});

test("a tick that found nothing to do leaves no run", async () => {
  const clinic = await desk.addTenant();
  await desk.strike(clinic);
  const before = await runsOf(clinic);
  await desk.strike(clinic);
  expect(await runsOf(clinic)).toEqual(before);
});

test("a late tick says how late it was", async () => {
  const clinic = await desk.addTenant();
  const dueAt = Date.now() - 3_600_000;
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = ${dueAt}`);
  await desk.directory.run(sql`UPDATE tenants SET next_due_at = ${dueAt} WHERE slug = ${clinic.slug}`);
  await desk.edge.cron();
  const run = await eventually(async () => (await runsOf(clinic)).find((each) => each.procedure_id === "tick"));
  expect(run.due_at).toBe(dueAt);
  expect(run.started_at - dueAt).toBeGreaterThanOrEqual(3_600_000);
});

test("a step that fails is a failed run without its message, and the other steps still do their work", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550112" })]);
  await clinic.db.run(sql`ALTER TABLE schedules RENAME TO schedules_gone`);
  await desk.directory.run(sql`UPDATE tenants SET next_due_at = 1 WHERE slug = ${clinic.slug}`);
  await desk.edge.cron();
  await eventually(async () => desk.twilio.messages("+12025550112").length === 1);
  const runs = await eventually(async () => {
    const rows = await runsOf(clinic);
    return rows.some((run) => run.procedure_id === "tick") && rows;
  });
  expect(runs.find((run) => run.procedure_id === "tick")).toMatchObject({ status: "partly" });
  const failed = runs.find((run) => run.procedure_id === "schedule");
  expect(failed).toMatchObject({ status: "failed", counts: "{}", error: expect.stringMatching(/^\w+$/) });
  expect(linesOf(desk, clinic).find((line) => line.run_id === failed?.id)).toMatchObject({
    event: "procedure failed",
    level: "error",
    run_status: "failed",
  });
});
