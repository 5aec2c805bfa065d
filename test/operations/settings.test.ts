import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { operate } from "./command.ts";
import { nextDaily } from "./next-daily.ts";

let desk: Desk;
let folder: string;
beforeAll(async () => {
  desk = await startDesk();
  folder = await mkdtemp(join(tmpdir(), "hearback-settings-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await desk?.close();
});

const set = ({ slug }: Clinic, changes: object) =>
  operator(desk.edge, "/admin/v1/tenants/set", { tenant: slug, ...changes });

test("a provider that is allowed later: recent visits are asked about, ones past 48 hours are skipped as too old [ASK-32]", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  const threeDaysAgo = Temporal.PlainDate.from(todayIn()).subtract({ days: 3 }).toString();
  const other = { provider: "NEW PROVIDER" };
  await clinic.push(threeDaysAgo, [
    seenVisit({ ...other, startsAt: `${threeDaysAgo}T10:00`, phone: "+12025550131", patientName: "OLDER TESTER" }),
  ]);
  await clinic.push(todayIn(), [
    seenVisit({ ...other, phone: "+12025550132" }),
    seenVisit({ phone: "+12025550133", patientName: "WAITING TESTER", status: "Confirmed" }),
    seenVisit({ phone: "+12025550134", patientName: "SEEING TESTER", type: "NURSE" }),
  ]);
  const unplanned = sql`SELECT 1 FROM appointments WHERE needs_planning = 1`;
  await eventually(async () => (await clinic.db.all(unplanned)).length === 0);
  expect(await clinic.db.all(sql`SELECT 1 FROM touches`)).toEqual([]);

  const file = join(folder, "changes.json");
  await writeFile(file, JSON.stringify({ ask: { providers: ["BHUC COMMON GROUND", "NEW PROVIDER"] } }));
  const changed = await operate(desk, "tenant", "set", clinic.slug, file);
  expect(changed).toMatchObject({
    exit: 0,
    document: { settings: { ask: { providers: ["BHUC COMMON GROUND", "NEW PROVIDER"] } } },
  });
  await eventually(async () => desk.twilio.messages("+12025550132").length === 1);
  expect(await clinic.db.all(sql`SELECT status, reason FROM touches WHERE status = 'skipped'`)).toEqual([
    { status: "skipped", reason: "too_old" },
  ]);
  expect(["+12025550131", "+12025550133", "+12025550134"].flatMap((phone) => desk.twilio.messages(phone))).toEqual([]);
});

test("changed opening hours and reading times take effect in the clinic's own rows, and the rest stays", async () => {
  const clinic = await desk.addTenant();
  const before = Date.now();
  const answer = await set(clinic, {
    name: "Common Ground West",
    settings: {
      office: { timeZone: "America/Denver", closedDays: ["2026-12-25"] },
      schedule: { localTimes: ["06:45"] },
    },
  });
  expect(answer.status).toBe(200);
  expect(await clinic.db.all(sql`SELECT time_zone, window_opens, closed_days FROM offices`)).toEqual([
    { time_zone: "America/Denver", window_opens: "09:00", closed_days: '["2026-12-25"]' },
  ]);
  expect(
    await clinic.db.all(sql`SELECT time_zone, local_times, next_run_at FROM schedules WHERE kind = 'scrape'`),
  ).toEqual([
    {
      time_zone: "America/Denver",
      local_times: '["06:45"]',
      next_run_at: nextDaily(["06:45"], "America/Denver", before),
    },
  ]);
  expect(await clinic.db.all(sql`SELECT actor, details FROM audit WHERE action = 'tenant.set'`)).toEqual([
    { actor: "operator", details: '{"changed":["office","schedule","name"]}' },
  ]);
});

test("a clinic that takes another survey asks by it from then on; one that there is not is refused", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  expect((await set(clinic, { settings: { ask: { surveyId: "no-such-survey" } } })).status).toBe(400);
  expect((await set(clinic, { settings: { ask: { surveyId: "visit-follow-up" } } })).status).toBe(200);
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550137" })]);
  await eventually(async () => desk.twilio.messages("+12025550137").length === 1);
  expect(await clinic.db.all(sql`SELECT survey_id, survey_version FROM invites`)).toEqual([
    { survey_id: "visit-follow-up", survey_version: 1 },
  ]);
});

test("settings that are not valid as a whole, or that there are not, change nothing and are named", async () => {
  const clinic = await desk.addTenant();
  const zone = await set(clinic, { settings: { office: { timeZone: "EST5" } } });
  expect([zone.status, await zone.json()]).toMatchObject([400, { problems: [{ field: "office.timeZone" }] }]);
  const unknown = await set(clinic, { settings: { offices: {} } });
  expect(unknown.status).toBe(400);
  expect((await set({ ...clinic, slug: "nobody" }, {})).status).toBe(404);
  expect(await clinic.db.all(sql`SELECT time_zone FROM offices`)).toEqual([{ time_zone: "America/New_York" }]);
});

test("the operator's interface is closed to anybody without the operator's signature", async () => {
  const clinic = await desk.addTenant();
  for (const path of [
    "tenants/set",
    "report",
    "audit/verify",
    "keys/rotate-kek",
    "keys/rotate-data",
    "keys/rotate-machine",
  ]) {
    const unsigned = await fetch(`${desk.edge.url}/admin/v1/${path}`, {
      method: "POST",
      body: JSON.stringify({ tenant: clinic.slug }),
    });
    expect([path, unsigned.status]).toEqual([path, 401]);
  }
});

test("report counts a clinic's visits, messages with their reasons, and answers, and migrate finds nothing to do", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  await clinic.push(todayIn(), [
    seenVisit({ phone: "+12025550135" }),
    seenVisit({ phone: null, phoneProblem: "none", patientName: "SILENT TESTER" }),
    seenVisit({ phone: "+12025550136", patientName: "ABSENT TESTER", status: "No show" }),
  ]);
  await eventually(
    async () => (await clinic.db.all(sql`SELECT 1 FROM touches WHERE status IN ('delivered', 'skipped')`)).length === 2,
  );
  const [report, migrated] = await Promise.all([
    operate(desk, "report", clinic.slug, "--days", "2"),
    operate(desk, "migrate"),
  ]);
  expect(report).toMatchObject({
    exit: 0,
    document: {
      visits: { fulfilled: 2, noshow: 1 },
      messages: [
        { status: "delivered", reason: null, count: 1 },
        { status: "skipped", reason: "no_phone", count: 1 },
      ],
      answered: 0,
      openAlarms: [],
    },
  });
  expect(migrated).toMatchObject({ exit: 0, document: { directory: [], [clinic.slug]: [] } });
});
