import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConsoleDesk, signIn, startConsole } from "../console/sign-in.ts";
import { type Clinic, eventually } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { operate } from "./command.ts";

let desk: ConsoleDesk;
beforeAll(async () => {
  desk = await startConsole();
});
afterAll(() => desk?.close());

const LEAD = "lead@commonground.example";
const FRONT = "desk@commonground.example";

type Reads = { actor: string; reads: number; patients: string[]; untold: object[] }[];

async function readsOf(clinic: Clinic, ...options: string[]): Promise<Reads> {
  const { exit, document, err } = await operate(desk, "audit", "reads", clinic.slug, ...options);
  expect([exit, err]).toEqual([0, ""]);
  return document as Reads;
}

test("a breach report says whose records each member of staff opened since a time: on a page, in a list, on a day [164.312, GDPR 33]", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  const phone = "+12025550141";
  await clinic.push(todayIn(), [
    seenVisit({ phone, patientName: "RIVER TESTERLY" }),
    seenVisit({ phone, patientName: "SAM SAMPLE" }),
    seenVisit({ phone: null, phoneProblem: "none", patientName: "TAYLOR TESTMANN" }),
  ]);
  const people = (await clinic.db.all<{ id: string }>(sql`SELECT id FROM patients ORDER BY id`)).map(({ id }) => id);
  const since = new Date(Date.now() - 1_000).toISOString();
  const lead = await signIn(desk, "clinic_lead");
  const desk1 = await signIn(desk, "front_desk");
  expect((await lead.get(`/t/${clinic.slug}/why/${people[0]}`)).status).toBe(200);
  // Two people share this number: both names were shown.
  expect((await desk1.post(`/t/${clinic.slug}/why`, { phone })).status).toBe(200);
  const shared = await clinic.db.all<{ id: string }>(
    sql`SELECT DISTINCT patient_id AS id FROM contact_points ORDER BY 1`,
  );
  const all = await readsOf(clinic, "--since", since);
  expect(all.map(({ actor, patients, untold }) => ({ actor, patients, untold }))).toEqual(
    expect.arrayContaining([
      { actor: `staff:${LEAD}`, patients: [people[0]], untold: [] },
      { actor: `staff:${FRONT}`, patients: shared.map(({ id }) => id), untold: [] },
    ]),
  );
  const own = await readsOf(clinic, "--since", since, "--by", LEAD);
  expect(own.map(({ actor }) => actor)).toEqual([`staff:${LEAD}`]);
  await lead.get(`/t/${clinic.slug}/today`);
  const day = await eventually(async () => {
    const [mine] = await readsOf(clinic, "--since", since, "--by", LEAD);
    return mine?.reads === 2 && mine;
  });
  expect(day.patients).toEqual(people);
  expect(await readsOf(clinic, "--since", "2099-01-01")).toEqual([]);
  expect(await readsOf(clinic, "--since", "2020-01-01", "--until", since)).toEqual([]);
});

test("a list that was opened before its event named its people is said to be untold", async () => {
  const clinic = await desk.addTenant();
  await clinic.db.run(sql`INSERT INTO audit (at, actor, action, entity_id, details, request_id)
    VALUES (${Date.now()}, 'staff:sam@clinic.example', 'texts.read', 'texts', '{"patients":4,"numbers":0}', 'r')`);
  expect(await readsOf(clinic, "--since", "2020-01-01")).toMatchObject([
    { patients: [], untold: [{ action: "texts.read" }] },
  ]);
});

test("a mailing's list that a machine fetched counts as read by that machine, of all who were on it", async () => {
  const clinic = await desk.addTenant();
  await clinic.db.run(sql`INSERT INTO export_files (id, kind, subject_id, name, row_count, byte_count, sha256, part_count, created_at)
    VALUES ('exf_1', 'mailing', 'buy_1', 'list.csv', 1, 1, '', 1, 1)`);
  await clinic.db.run(sql`INSERT INTO media_buy_recipients (media_buy_id, patient_id, role)
    VALUES ('buy_1', 'pat_1', 'mailed'), ('buy_1', 'pat_2', 'suppressed')`);
  await clinic.db.run(sql`INSERT INTO audit (at, actor, action, entity_id, details, request_id)
    VALUES (${Date.now()}, 'machine:apk_1', 'mailing.read', 'exf_1', '{"part":0}', 'r')`);
  const reads = await readsOf(clinic, "--since", "2020-01-01", "--by", "apk_1");
  expect(reads).toMatchObject([{ actor: "machine:apk_1", patients: ["pat_1"], untold: [] }]);
});

test("more reads than one page holds are all told, and a wrong time is bad usage", async () => {
  const clinic = await desk.addTenant();
  await clinic.db.run(sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
    INSERT INTO audit (at, actor, action, entity_id, details, request_id)
    SELECT ${Date.now()}, 'staff:sam@clinic.example', 'patient.read', 'pat_' || i, '{}', 'r' FROM n`);
  const [sam] = await readsOf(clinic, "--since", "2020-01-01", "--by", "sam@clinic.example");
  expect([sam?.reads, sam?.patients.length]).toEqual([6_000, 6_000]);
  expect((await operate(desk, "audit", "reads", clinic.slug, "--since", "soon")).exit).toBe(2);
  expect((await operate(desk, "audit", "reads", clinic.slug)).exit).toBe(2);
});
