import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, eventually } from "../harness.ts";
import { STAFF } from "../sandbox/oidc/staff.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { mainOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

let desk: ConsoleDesk;
let lead: Visitor;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  lead = await signIn(desk, "clinic_lead");
});
afterAll(() => desk?.close());

/** A clinic with six visits today of which the source suddenly shows one. */
async function clinicWithHeldReading(): Promise<{ clinic: Clinic; form: string }> {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  const visits = ["A", "B", "C", "D", "E", "F"].map((letter) =>
    seenVisit({ patientName: `RIVER TESTERLY${letter}`, phone: null, phoneProblem: "none", status: "Confirmed" }),
  );
  await clinic.push(todayIn(), visits);
  expect(await (await clinic.push(todayIn(), visits.slice(0, 1))).json()).toMatchObject({ snapshot: "held" });
  const [held] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM snapshots WHERE status = 'held'`);
  return { clinic, form: `/t/${clinic.slug}/runs/held/${held?.id}` };
}

const page = async ({ slug }: Clinic, someone = lead) => (await someone.get(`/t/${slug}/runs`)).text();

async function visitsLeft(clinic: Clinic): Promise<number> {
  return (await clinic.db.all(sql`SELECT 1 FROM appointments WHERE removed_at IS NULL`)).length;
}

test("a held reading is shown with its numbers, and releasing it removes what it did not show, once", async () => {
  const { clinic, form } = await clinicWithHeldReading();
  expect(await page(clinic)).toContain("1 visit, usually 6");
  expect((await lead.post(form, { decision: "release" })).headers.get("location")).toMatch(/done=snapshot-release$/);
  expect(await visitsLeft(clinic)).toBe(1);
  expect((await lead.post(form, { decision: "drop" })).headers.get("location")).toMatch(/done=gone$/);
  expect(await visitsLeft(clinic)).toBe(1);
  const shown = await page(clinic);
  expect(shown).not.toContain("usually 6");
  expect(shown).not.toContain("far fewer visits");
  const events = await clinic.db.all(sql`SELECT actor, details FROM audit WHERE action LIKE 'snapshot.%'`);
  const email = STAFF.find(({ role }) => role === "clinic_lead")?.email;
  expect(events).toEqual([{ actor: `staff:${email}`, details: '{"removed":5}' }]);
});

test("dropping a held reading keeps every visit, and a visit that came back later survives a release", async () => {
  const dropped = await clinicWithHeldReading();
  const dropping = await lead.post(dropped.form, { decision: "drop" });
  expect(dropping.headers.get("location")).toMatch(/done=snapshot-drop$/);
  expect(await visitsLeft(dropped.clinic)).toBe(6);
  const back = await clinicWithHeldReading();
  const again = ["A", "B", "C", "D"].map((letter) =>
    seenVisit({ patientName: `RIVER TESTERLY${letter}`, phone: null, phoneProblem: "none", status: "Confirmed" }),
  );
  await back.clinic.push(todayIn(), again);
  const releasing = await lead.post(back.form, { decision: "release" });
  expect(releasing.headers.get("location")).toMatch(/done=snapshot-release$/);
  expect(await visitsLeft(back.clinic)).toBe(4);
});

test("an open alarm is shown with what to do, and acknowledging it takes it off the page under the person's name", async () => {
  const clinic = await desk.addTenant();
  await clinic.send("/jobs", { kind: "scrape" });
  const leased = await clinic.send("/jobs/lease", { kinds: ["scrape"], worker: "container-1" });
  const { lease } = (await leased.json()) as { lease: { jobId: string; leaseToken: string } };
  const error = { code: "bad_credentials" };
  await clinic.send(`/jobs/${lease.jobId}/finish`, {
    leaseToken: lease.leaseToken,
    status: "failed",
    counts: { days: 3 },
    error,
  });
  const before = await page(clinic);
  expect(before).toContain("Work of the container failed");
  expect(before).toContain("bad credentials");
  expect(before).toContain("3 days");
  const [, form = ""] = /action="([^"]+\/runs\/alarms\/[^"]+)"/.exec(before) ?? [];
  await lead.post(form);
  expect(await page(clinic)).not.toContain("Work of the container failed");
  const [alarm] = await clinic.db.all<{ by: string }>(sql`SELECT acknowledged_by AS by FROM alarms`);
  expect(alarm?.by).toMatch(/^staff:.+@/);
});

test("the page tells what ran with its counts and how late, and names no patient", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550141" })]);
  await eventually(
    async () => (await clinic.db.all(sql`SELECT 1 FROM runs WHERE procedure_id = 'dispatch'`)).length > 0,
  );
  await clinic.db.run(sql`INSERT INTO runs (id, procedure_id, status, due_at, started_at, finished_at, counts)
    VALUES ('r1', 'scrape', 'partly', ${Date.now() - 600_000}, ${Date.now() - 60_000}, ${Date.now()}, '{"days":3,"days_failed":1}')`);
  const shown = await page(clinic);
  for (const words of [
    "Decide who is asked",
    "1 planned",
    "Send messages",
    "1 handed over",
    "9 min late",
    "Partly done",
    "1 days failed",
  ]) {
    expect(shown).toContain(words);
  }
  expect(shown).not.toMatch(/RIVER|5550141|1984-03-09/);
});

test("who is not asked is told apart from whose message was called off", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay, ask: { delayMinutes: 600 } } });
  const lastPlan = async () => {
    const [run] = await clinic.db.all<{ id: string }>(
      sql`SELECT id FROM runs WHERE procedure_id = 'plan' ORDER BY id DESC`,
    );
    return run?.id;
  };
  const push = async (status: string) => {
    const before = await lastPlan();
    await clinic.push(todayIn(), [
      seenVisit({ phone: "+12025550142", status }),
      seenVisit({ phone: "+12025550143", patientName: "QUINN QUIET", status: "Confirmed" }),
    ]);
    await desk.strike(clinic);
    await eventually(async () => (await lastPlan()) !== before);
    return mainOf(await page(clinic));
  };
  expect(await push("Seen")).toContain("2 looked at · 1 planned · 1 not asked ");
  expect(await push("Cancelled")).toContain("1 looked at · 1 not asked · 1 called off ");
});

test("what runs when is shown with its next time and what became of the last one, and can be started now", async () => {
  const schedules = [
    { kind: "import" as const, source: "concrete", profile: "legacy" as const, weekdays: [1, 5] },
    { kind: "scrape" as const, localTimes: ["06:45"] },
  ];
  const clinic = await desk.addTenant({ settings: { schedules: schedules as never } });
  const before = await page(clinic);
  expect(before).toContain("Import from Concrete");
  expect(before).toContain("every 40 min, 3:00 PM–12:00 AM UTC, Mon Fri");
  expect(before).toContain("6:45 AM New York time");
  expect(before).not.toContain("Plan nudges");
  const started = await lead.post(`/t/${clinic.slug}/runs/schedules/sch_import_concrete`);
  expect(started.headers.get("location")).toMatch(/done=run-now$/);
  await desk.edge.cron();
  const jobs = sql`SELECT arguments FROM jobs WHERE kind = 'import'`;
  await eventually(async () => (await clinic.db.all(jobs)).length === 1);
  await clinic.send("/jobs/lease", { kinds: ["import"], worker: "container-1" });
  await lead.post(`/t/${clinic.slug}/runs/schedules/sch_import_concrete`);
  await eventually(async () => {
    await desk.edge.cron();
    return (await page(clinic)).includes("Passed over");
  });
  expect(await page(clinic)).toContain("the run before it went on");
  const unknown = await lead.post(`/t/${clinic.slug}/runs/schedules/sch_nothing`);
  expect(unknown.status).toBe(404);
  const events = await clinic.db.all(sql`SELECT entity_id FROM audit WHERE action = 'schedule.run_now'`);
  expect(events).toEqual([{ entity_id: "sch_import_concrete" }, { entity_id: "sch_import_concrete" }]);
});
