import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mhcTenant } from "../../templates/tenants/mhc.ts";
import { type Clinic, eventually, operator } from "../harness.ts";
import { booking, lastOf, person, pushImport, sale } from "../imports.ts";
import { mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

const ZONE = "America/Denver";
let desk: ConsoleDesk;
let clinic: Clinic;
let lead: Awaited<ReturnType<typeof signIn>>;

/** The office's wall time at noon so many days from today. */
function noon(days: number): string {
  return `${Temporal.Now.zonedDateTimeISO(ZONE).toPlainDate().add({ days }).toString()}T12:00`;
}

beforeAll(async () => {
  desk = await startConsole();
  const { office, offices, schedule, schedules } = mhcTenant().settings;
  const ask = { providers: [], serviceTypes: [] };
  const settings = { office, offices, schedule: { ...schedule, source: "sycle" }, schedules: [...schedules], ask };
  clinic = await desk.addTenant({ settings });
  const [, , aschh] = mhcTenant().nudges;
  const kit = { tenant: clinic.slug, templates: mhcTenant().templates, nudges: [aschh] };
  expect((await operator(desk.edge, "/admin/v1/tenants/set", kit)).status).toBe(200);
  const at = (number: number, days: number, changes = {}) =>
    booking(number, noon(days), { officeSourceId: "BLD", ...changes });
  const rows = {
    patient: [1, 2, 3, 4].map((number) => person(number)),
    appointment: [
      at(1, 1),
      at(2, 1, { status: "Cancelled" }),
      at(3, 1, { status: "Perhaps" }),
      at(4, -1_090, { status: "Completed" }),
    ],
    purchase: [sale(4, { purchasedAt: noon(-1_090) })],
  };
  expect(await lastOf(pushImport(clinic, rows, { source: "sycle" }))).toMatch(/staged|applied/);
  await eventually(async () => {
    await desk.strike(clinic);
    return (await clinic.db.all(sql`SELECT 1 FROM appointments`)).length === 4;
  });
  lead = await signIn(desk, "clinic_lead");
});
afterAll(() => desk?.close());

const open = async (path: string) => (await lead.get(`/t/${clinic.slug}${path}`)).text();

test("the day of a clinic that asks nobody speaks of messages, not of surveys, and knows that its visits were imported", async () => {
  const page = await open(`/today?on=${noon(1).slice(0, 10)}`);
  expect(page).toContain("Schedule read just now.");
  expect(mainOf(page)).not.toMatch(/never been read|asked|survey/i);
  const states = rowsOf(page).map(([, patient, , state]) => [patient?.split(" ")[0], state]);
  expect(states.sort()).toEqual([
    ["Test1", "no message so far"],
    ["Test2", "no message: cancelled"],
    ["Test3", "status not known: no message"],
  ]);
});

test("the page of surveys of a clinic that asks nobody says so, and shows no questions of another's", async () => {
  const page = mainOf(await open("/surveys"));
  expect(page).toContain("This clinic asks nobody how a visit was");
  expect(page).not.toMatch(/satisfied|Response rate/);
});

test("the page of runs says when visits were read, also where an import brought them", async () => {
  const page = await open("/runs");
  expect(page).toMatch(/Visits last read<\/dt><dd>just now/);
});

test("a visit of years ago is shown with its year", async () => {
  const [old] = await clinic.db.all<{ patientId: string }>(
    sql`SELECT patient_id AS patientId FROM appointments ORDER BY starts_at LIMIT 1`,
  );
  const year = noon(-1_090).slice(0, 4);
  expect(await open(`/why/${old?.patientId}`)).toMatch(new RegExp(`\\w{3}, \\w{3} \\d+, ${year} · 12:00`));
  expect(await open("/nudges/aschh/preview")).toContain(`, ${year}, 12:00`);
});

test("whether an offer helps is told by who made a visit since, of those written to and of those left out", async () => {
  const written = Array.from({ length: 10 }, (_, index) => 101 + index);
  const leftOut = Array.from({ length: 6 }, (_, index) => 201 + index);
  const came = [...written.slice(0, 6), ...leftOut.slice(0, 2)];
  const rows = {
    patient: [...written, ...leftOut].map((number) => person(number)),
    appointment: came.map((number) => booking(number, noon(2), { officeSourceId: "BLD" })),
  };
  await lastOf(pushImport(clinic, rows, { source: "sycle" }));
  await eventually(async () => {
    await desk.strike(clinic);
    return (await clinic.db.all(sql`SELECT 1 FROM imports WHERE status = 'applied'`)).length === 2;
  });
  const since = Date.now() - 20 * 86_400_000;
  for (const number of [...written, ...leftOut]) {
    const isWritten = written.includes(number);
    await clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, nudge_id, office_id, channel, template_key,
        template_version, status, reason, due_at, not_after_at, created_at, updated_at)
      SELECT ${`tch_${number}`}, ${`k${number}`}, 'nudge', ref.entity_id, nudges.id, offices.id, 'sms', 'time-to-look-again', 1,
        ${isWritten ? "delivered" : "skipped"}, ${isWritten ? null : "holdout"}, 1, 1, ${since}, 1
      FROM external_refs AS ref, nudges, offices WHERE ref.entity = 'patient' AND ref.value = ${`p${number}`} LIMIT 1`);
  }
  expect(mainOf(await open("/nudges/aschh"))).toMatch(
    /Written to 6 made a visit, 4 did not 60% made a visit Left out by lot 2 made a visit, 4 did not 33% made a visit/,
  );
});
