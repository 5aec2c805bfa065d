import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImportReply } from "../../edge/contract/imports.ts";
import { applyPatients } from "../../edge/sources/imports/apply-patients.ts";
import { newCounts } from "../../edge/sources/imports/import-row.ts";
import { type Clinic, type Desk, operator, startDesk } from "../harness.ts";
import { booking, chunksOf, inDays, lastOf, person, pushImport, sale } from "../imports.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

async function one<Row extends object>(clinic: Clinic, query: ReturnType<typeof sql>): Promise<Row> {
  const [row] = await clinic.db.all<Row>(query);
  if (!row) throw new Error("no row");
  return row;
}
const count = async (clinic: Clinic, table: string) =>
  (await one<{ n: number }>(clinic, sql`SELECT count(*) AS n FROM ${sql.identifier(table)}`)).n;
const countsOf = async (clinic: Clinic, runId: string) =>
  JSON.parse((await one<{ counts: string }>(clinic, sql`SELECT counts FROM imports WHERE id = ${runId}`)).counts);
const changes = (clinic: Clinic, field: string) =>
  clinic.db.all<{ before: string | null; after: string | null }>(
    sql`SELECT before, after FROM change_log WHERE field = ${field} ORDER BY at, before`,
  );

describe("what an import brings", () => {
  test("customers, visits, products and purchases are stored together, identity sealed, and linked to each other", async () => {
    const clinic = await desk.addTenant();
    const address = { line1: "1 Sample Way", city: "Fresno", state: "CA", zip: "93650" };
    const replies = pushImport(clinic, {
      patient: [
        person(1, { email: "One@Example.COM", homePhone: "202-555-0190", address, language: "Spanish" }),
        person(2, { kind: "prospect" }),
      ],
      appointment: [booking(1, inDays(3)), booking(2, inDays(4))],
      product: [{ sourceId: "x1", name: "Hearing aid", listPrice: "1299.5" }],
      purchase: [
        sale(1, { productSourceId: "x1", appointmentSourceId: "a1" }),
        sale(2, { purchasedAt: `${inDays(4, "16:00")}` }),
        sale(3, { patientSourceId: "p1", amount: "-20.50", status: "returned", purchasedAt: inDays(-400) }),
      ],
    });
    expect(await lastOf(replies)).toBe("applied");
    const people = await clinic.db.all(sql`SELECT kind, language FROM patients ORDER BY kind`);
    expect(people).toEqual([
      { kind: "patient", language: "es" },
      { kind: "prospect", language: null },
    ]);
    const systems = sql`SELECT system, count(*) AS n FROM contact_points GROUP BY system ORDER BY system`;
    expect(await clinic.db.all(systems)).toEqual([
      { system: "mail", n: 1 },
      { system: "phone", n: 1 },
      { system: "sms", n: 2 },
    ]);
    expect(await count(clinic, "addresses")).toBe(1);
    const sales = sql`SELECT amount_micros AS micros, link_method AS link, product_id IS NOT NULL AS known,
      appointment_id IS NOT NULL AS visited FROM purchases ORDER BY amount_micros DESC, link_method`;
    expect(await clinic.db.all(sales)).toEqual([
      { micros: 129_950_000, link: "same_day", known: 0, visited: 1 },
      { micros: 129_950_000, link: "source", known: 1, visited: 1 },
      { micros: -20_500_000, link: "none", known: 0, visited: 0 },
    ]);
    for (const table of ["patients", "contact_points", "addresses", "staged_rows", "change_log", "imports", "audit"]) {
      const text = JSON.stringify(await clinic.db.all(sql`SELECT * FROM ${sql.identifier(table)}`));
      expect(text, table).not.toMatch(/Test1|Sample Way|5550101|example\.com|1941-03-09/i);
    }
  });

  test("the same import twice: the second creates, changes and logs nothing, and seals nothing [NUDGE-23]", async () => {
    const clinic = await desk.addTenant();
    const rows = {
      patient: [person(1, { email: "a@b.example" }), person(2, { mobilePhone: "12" })],
      appointment: [booking(1, inDays(3)), booking(2, inDays(4), { status: "Cancelled" })],
      product: [{ sourceId: "x1", name: "Battery" }],
      purchase: [sale(1)],
    };
    await pushImport(clinic, rows);
    const tables = [
      "patients",
      "contact_points",
      "appointments",
      "products",
      "purchases",
      "external_refs",
      "change_log",
    ];
    const all = () => Promise.all(tables.map((table) => clinic.db.all(sql`SELECT * FROM ${sql.identifier(table)}`)));
    await clinic.db.run(sql`UPDATE appointments SET needs_planning = 0`);
    const before = await all();
    const runId = randomUUID();
    const replies = await pushImport(clinic, rows, { runId });
    expect(replies.map(({ staged, unchanged }) => [staged, unchanged])).toEqual([
      [0, 2],
      [0, 2],
      [0, 1],
      [0, 1],
    ]);
    expect(replies.at(-1)?.import).toBe("applied");
    expect(await all()).toEqual(before);
    expect(await changes(clinic, "removed")).toEqual([]);
    const counts = await countsOf(clinic, runId);
    for (const entity of Object.keys(rows)) {
      expect(counts[entity]).toMatchObject({ created: 0, updated: 0, removed: 0, restored: 0 });
    }
  });

  test("a row that cannot be taken is named with its field and stops none beside it", async () => {
    const clinic = await desk.addTenant();
    const replies = await pushImport(clinic, {
      patient: [
        person(1, { birthDate: "1941-13-09" }),
        { givenName: "No", familyName: "Key" },
        person(2),
        person(2, { kind: "prospect" }),
        ["not an object"],
      ],
      appointment: [
        booking(2, inDays(3)),
        booking(3, inDays(3)),
        booking(4, "2027-02-30T10:00", { patientSourceId: "p2" }),
      ],
    });
    expect(replies[0]?.rejected).toEqual([
      { row: 1, code: "source_id_missing", field: "sourceId" },
      { row: 3, code: "repeated" },
      { row: 4, code: "source_id_missing", field: "sourceId" },
      { row: 0, code: "malformed", field: "birthDate" },
    ]);
    expect(replies[1]?.rejected).toEqual([{ row: 2, code: "time_invalid", field: "startsAt" }]);
    expect(replies[1]?.import).toBe("applied");
    expect(await count(clinic, "patients")).toBe(1);
    expect(await count(clinic, "appointments")).toBe(1);
    const reasons = sql`SELECT reject_reason AS reason FROM staged_rows WHERE reject_reason LIKE 'patient%'`;
    expect(await clinic.db.all(reasons)).toEqual([{ reason: "patient_unknown" }]);
  });

  test("a person whom the schedule brought and one whom an import brings are one, by name and birth date", async () => {
    const clinic = await desk.addTenant();
    const visit = {
      patientName: "TEST1 SAMPLE",
      birthDate: "1941-03-09",
      phone: "+12025550101",
      status: "Scheduled",
      provider: "CNS",
      type: "CLINICIAN",
    };
    await clinic.push(inDays(0).slice(0, 10), [{ ...visit, startsAt: inDays(0, "09:00") }]);
    await pushImport(clinic, { patient: [person(1), person(9, { givenName: "Test1", birthDate: "1941-03-09" })] });
    // Two keys at one source stay two people, however alike.
    expect(await count(clinic, "patients")).toBe(2);
    const refs = sql`SELECT count(DISTINCT entity_id) AS n FROM external_refs WHERE entity = 'patient'`;
    expect(await clinic.db.all(refs)).toEqual([{ n: 2 }]);
  });
});

describe("what an import changes", () => {
  test("a changed number is used from then on, and the log shows old and new masked, never a birth date [NUDGE-24]", async () => {
    const clinic = await desk.addTenant();
    await pushImport(clinic, { patient: [person(1, { mobilePhone: "2025550141" })] });
    const changed = person(1, { mobilePhone: "2025550142", birthDate: "1950-01-01", kind: "prospect" });
    await pushImport(clinic, { patient: [changed] });
    expect(await changes(clinic, "mobilePhone")).toEqual([{ before: "•••-41", after: "•••-42" }]);
    expect(await changes(clinic, "kind")).toEqual([{ before: "patient", after: "prospect" }]);
    const row = await one<{ at: number | null }>(clinic, sql`SELECT kind_changed_at AS at FROM patients`);
    expect(row.at).toBeGreaterThan(0);
    const log = JSON.stringify(await clinic.db.all(sql`SELECT * FROM change_log`));
    expect(log).not.toMatch(/1950-01-01|2025550141|5550142/);
    const numbers = sql`SELECT is_current AS current, count(*) AS n FROM contact_points GROUP BY is_current ORDER BY 1`;
    expect(await clinic.db.all(numbers)).toEqual([
      { current: 0, n: 1 },
      { current: 1, n: 1 },
    ]);
    // And back: the first number's own row is used again.
    await pushImport(clinic, { patient: [person(1, { mobilePhone: "2025550141" })] });
    expect(await count(clinic, "contact_points")).toBe(2);
  });

  test("what the source does not say stays as it was; a number that cannot be called is kept as such", async () => {
    const clinic = await desk.addTenant();
    await pushImport(clinic, { patient: [person(1, { doNotContact: true, kind: "prospect", language: "es" })] });
    await pushImport(clinic, { patient: [{ sourceId: "p1", givenName: "Test1", mobilePhone: "call my wife" }] });
    const row = sql`SELECT do_not_contact AS no, kind, language FROM patients`;
    expect(await clinic.db.all(row)).toEqual([{ no: 1, kind: "prospect", language: "es" }]);
    const current = sql`SELECT state FROM contact_points WHERE is_current = 1`;
    expect(await clinic.db.all(current)).toEqual([{ state: "invalid" }]);
  });

  test("a yes to texts is kept once, and one that was taken back is not given again by an import", async () => {
    const clinic = await desk.addTenant();
    const smsConsent = { at: "2026-01-02T10:00Z", source: "intake form", wording: "I agree to texts" };
    await pushImport(clinic, { patient: [person(1, { smsConsent })] });
    await clinic.db.run(sql`UPDATE consents SET ended_at = ${Date.now()}, ended_by = 'patient'`);
    await pushImport(clinic, { patient: [person(1, { smsConsent, kind: "prospect" })] });
    expect(await clinic.db.all(sql`SELECT channel, purpose, ended_at IS NULL AS live FROM consents`)).toEqual([
      { channel: "sms", purpose: "care", live: 0 },
    ]);
  });

  test("a status that the clinic's settings do not know is kept as unknown, and read again once they know it", async () => {
    const clinic = await desk.addTenant();
    const rows = {
      patient: [person(1), person(2)],
      appointment: [booking(1, inDays(3), { status: "Tentative" }), booking(2, inDays(3), { status: "03/09/1941" })],
    };
    await pushImport(clinic, rows);
    const statuses = sql`SELECT status, source_status AS word FROM appointments ORDER BY word DESC`;
    expect(await clinic.db.all(statuses)).toEqual([
      { status: "unknown", word: "Tentative" },
      { status: "unknown", word: "(not a status)" },
    ]);
    const schedule = { statuses: { Confirmed: "booked", Tentative: "pending" } };
    await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings: { schedule } });
    await pushImport(clinic, rows);
    expect(await clinic.db.all(sql`SELECT status FROM appointments WHERE source_status = 'Tentative'`)).toEqual([
      { status: "pending" },
    ]);
  });

  test("a visit first seen after a message is put down to it, and no later reading changes that", async () => {
    const clinic = await desk.addTenant();
    await pushImport(clinic, { patient: [person(1), person(2)] });
    const people = sql`SELECT entity_id AS id FROM external_refs WHERE value = 'p1'`;
    const { id } = await one<{ id: string }>(clinic, people);
    const touch = (key: string, daysAgo: number) =>
      clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, office_id,
        channel, template_key, template_version, status, due_at, not_after_at, created_at, updated_at)
      VALUES (${key}, ${key}, 'nudge', ${id}, 'off_main', 'sms', 'survey-invite', 1, 'delivered', ${Date.now() - daysAgo * 86_400_000}, 0, 1, 1)`);
    await touch("tch_old", 61);
    await touch("tch_one", 40);
    await touch("tch_two", 10);
    await pushImport(clinic, { appointment: [booking(1, inDays(3)), booking(2, inDays(3))] });
    await touch("tch_new", 0);
    await pushImport(clinic, { appointment: [booking(1, inDays(5)), booking(2, inDays(3))] });
    const put = sql`SELECT attributed_touch_id AS touch FROM appointments ORDER BY starts_at DESC`;
    expect(await clinic.db.all(put)).toEqual([{ touch: "tch_two" }, { touch: null }]);
  });
});

describe("how chunks are taken", () => {
  const rows = { patient: [person(1), person(2), person(3)] };

  test("a chunk pushed again gets the same answer and changes nothing; out of order, another body or a wrong end is refused", async () => {
    const clinic = await desk.addTenant();
    const [first, second, last] = await chunksOf(rows, { chunkRows: 1 });
    const status = async (body: unknown) => (await clinic.send("/imports", body)).status;
    expect(await status(second)).toBe(409);
    expect(await status(first)).toBe(200);
    expect(await status({ ...first, rows: [person(7)] })).toBe(409);
    expect(await status(last)).toBe(409);
    expect(await status({ ...second, source: "sycle" })).toBe(409);
    expect(await status(second)).toBe(200);
    expect(await status({ ...last, end: { ...last?.end, counts: { patient: 2 } } })).toBe(409);
    expect(await status({ ...last, end: { ...last?.end, digest: "0".repeat(64) } })).toBe(409);
    expect(await count(clinic, "patients")).toBe(0);
    const answers = await Promise.all([last, last, last].map((body) => clinic.send("/imports", body)));
    const replies = await Promise.all(answers.map((answer) => answer.json() as Promise<ImportReply>));
    expect(new Set(replies.map((reply) => JSON.stringify({ ...reply, import: "" }))).size).toBe(1);
    const again = (await (await clinic.send("/imports", last)).json()) as ImportReply;
    expect(again).toEqual({ staged: 1, unchanged: 0, rejected: [], import: "applied" });
    expect(await count(clinic, "patients")).toBe(3);
  });

  test("another clinic's key, a forged signature and a reading from the future are refused and leave nothing", async () => {
    const [clinic, other] = [await desk.addTenant(), await desk.addTenant()];
    const [body] = await chunksOf(rows);
    expect((await clinic.send("/imports", body, { key: other.key })).status).toBe(403);
    expect((await clinic.send("/imports", body, { key: { ...clinic.key, secret: other.key.secret } })).status).toBe(
      401,
    );
    const [late] = await chunksOf(rows, { snapshotAt: Date.now() + 3_600_000 });
    expect((await clinic.send("/imports", late)).status).toBe(400);
    expect(await count(clinic, "imports")).toBe(0);
  });

  test("an older reading than the newest applied one is recorded as superseded and changes nothing", async () => {
    const clinic = await desk.addTenant();
    const now = Date.now();
    await pushImport(clinic, { patient: [person(1, { kind: "patient" })] }, { snapshotAt: now });
    const older = { patient: [person(1, { kind: "prospect" })], product: [{ sourceId: "x1", name: "Battery" }] };
    expect(await lastOf(pushImport(clinic, older, { snapshotAt: now - 60_000 }))).toBe("superseded");
    expect(await clinic.db.all(sql`SELECT kind FROM patients`)).toEqual([{ kind: "patient" }]);
    expect(await count(clinic, "products")).toBe(0);
    // What no newer reading showed is still news.
    const alone = { product: [{ sourceId: "x1", name: "Battery" }] };
    expect(await lastOf(pushImport(clinic, alone, { snapshotAt: now - 60_000 }))).toBe("applied");
  });

  test("a run that was overtaken by another brings nothing of an import that is over", async () => {
    const clinic = await desk.addTenant();
    const [importId, now] = [randomUUID(), Date.now()];
    await pushImport(
      clinic,
      { patient: [person(1, { language: "en" })] },
      { runId: importId, snapshotAt: now - 60_000 },
    );
    await pushImport(clinic, { patient: [person(1, { language: "es" })] }, { snapshotAt: now });
    const { keyId } = await one<{ keyId: string }>(
      clinic,
      sql`SELECT substr(sealed, 1, instr(sealed, '.') - 1) AS keyId FROM patients`,
    );
    const brings = { known: true, addresses: false, consents: false };
    const entity = "patient" as const;
    const slow = { importId, source: "concrete", entity, after: "", to: "z", now, keyId, isHeld: false, brings };
    for (const statement of applyPatients(slow)) await clinic.db.run(statement);
    expect(await clinic.db.all(sql`SELECT language FROM patients`)).toEqual([{ language: "es" }]);
  });

  test("a small import that comes after a large one is applied by the clock as well", async () => {
    const clinic = await desk.addTenant();
    const counts = newCounts();
    counts.patient.staged = 2_400;
    await clinic.db.run(sql`INSERT INTO imports (id, source, status, scope, is_complete, snapshot_at, counts, started_at)
      VALUES (${randomUUID()}, 'concrete', 'staged', '{"entities":["patient"]}', 1, ${Date.now() - 60_000}, ${JSON.stringify(counts)}, 1)`);
    expect(await lastOf(pushImport(clinic, { product: [{ sourceId: "x1", name: "Battery" }] }))).toBe("staged");
  });

  test("what was sealed before a change of keys is not stored under the old one, but read anew by the next import", async () => {
    const clinic = await desk.addTenant();
    const [first, ...rest] = await chunksOf(rows, { chunkRows: 1 });
    expect((await clinic.send("/imports", first)).status).toBe(200);
    const rotated = await operator(desk.edge, "/admin/v1/keys/rotate-data", { tenant: clinic.slug });
    const { keyId } = (await rotated.json()) as { keyId: string };
    for (const body of rest) expect((await clinic.send("/imports", body)).status).toBe(200);
    expect(await count(clinic, "patients")).toBe(2);
    expect(await lastOf(pushImport(clinic, rows))).toBe("applied");
    expect(await count(clinic, "patients")).toBe(3);
    const old = sql`SELECT 1 FROM patients WHERE sealed NOT LIKE ${`${keyId}.%`}`;
    expect(await clinic.db.all(old)).toEqual([]);
  });

  test("a large import is applied by the clock, also when the Worker died between two entities", async () => {
    const clinic = await desk.addTenant();
    const patient = Array.from({ length: 2_400 }, (_, index) => person(index));
    const appointment = patient.map((_, index) => booking(index, inDays(3 + (index % 100))));
    const runId = randomUUID();
    expect(await lastOf(pushImport(clinic, { patient, appointment }, { runId }))).toBe("staged");
    await expect.poll(() => clinic.db.all(sql`SELECT status FROM imports`)).toEqual([{ status: "applied" }]);
    // As if it had died before the end: all is done once more, and nothing changes.
    const before = await countsOf(clinic, runId);
    await clinic.db.run(sql`UPDATE imports SET status = 'staged'`);
    await desk.strike(clinic);
    await expect.poll(() => clinic.db.all(sql`SELECT status FROM imports`)).toEqual([{ status: "applied" }]);
    expect(await countsOf(clinic, runId)).toEqual(before);
    expect(before.patient.created + before.appointment.created).toBe(4_800);
    expect([await count(clinic, "patients"), await count(clinic, "appointments")]).toEqual([2_400, 2_400]);
    expect(await count(clinic, "change_log")).toBe(0);
  }, 60_000);
});

test("a visit that was first missed and then called off at the source is one that the source called off", async () => {
  const clinic = await desk.addTenant();
  const [patient, visit] = [[person(1)], booking(1, inDays(3))];
  const scope = { appointmentsFrom: inDays(0).slice(0, 10), appointmentsTo: inDays(9).slice(0, 10) };
  const read = async (appointment: object[]) => {
    expect(await lastOf(pushImport(clinic, { patient, appointment }, { scope }))).toBe("applied");
    return clinic.db.all(sql`SELECT removed_reason AS why FROM appointments`);
  };
  expect(await read([visit])).toEqual([{ why: null }]);
  expect(await read([])).toEqual([{ why: "absent_from_snapshot" }]);
  expect(await read([{ ...visit, status: "Cancelled" }])).toEqual([{ why: "source_cancelled" }]);
});

test("a purchase that was known before its visit is put down to it when the visit comes, and to none when that has gone", async () => {
  const clinic = await desk.addTenant();
  const [people, goods] = [[person(1)], [sale(1, { purchasedAt: inDays(3, "16:00") })]];
  const visit = booking(1, inDays(3, "15:00"));
  const read = async (rows: object) => {
    expect(await lastOf(pushImport(clinic, { patient: people, ...rows, purchase: goods }))).toBe("applied");
    return clinic.db.all(sql`SELECT link_method AS by, appointment_id IS NOT NULL AS visited FROM purchases`);
  };
  expect(await read({})).toEqual([{ by: "none", visited: 0 }]);
  expect(await read({ appointment: [visit] })).toEqual([{ by: "same_day", visited: 1 }]);
  expect(await read({ appointment: [{ ...visit, status: "Cancelled" }] })).toEqual([{ by: "none", visited: 0 }]);
});

test("a purchase that the newest days' reading does not show is removed, but not one of the day where it was still yesterday", async () => {
  const offices = [
    { sourceCode: "NY", name: "East", timeZone: "America/New_York" },
    { sourceCode: "LA", name: "West", timeZone: "America/Los_Angeles" },
  ];
  const clinic = await desk.addTenant({ settings: { offices } });
  const at = (number: number, officeSourceId: string, purchasedAt: string) =>
    sale(number, { patientSourceId: "p1", officeSourceId, purchasedAt });
  // Late on the tenth in Los Angeles it is the eleventh at the clinic's own clock.
  const all = [at(1, "NY", "2026-10-09T12:00"), at(2, "LA", "2026-10-10T23:30"), at(3, "NY", "2026-10-12T12:00")];
  await lastOf(pushImport(clinic, { patient: [person(1)], purchase: all }, { snapshotAt: Date.now() - 1_000 }));
  const newest = { patient: [person(1)], purchase: [] };
  expect(await lastOf(pushImport(clinic, newest, { scope: { purchasesFrom: "2026-10-11" } }))).toBe("applied");
  const left = await clinic.db.all(sql`SELECT ref.value AS id FROM purchases
    JOIN external_refs AS ref ON ref.entity_id = purchases.id WHERE removed_at IS NULL ORDER BY 1`);
  expect(left).toEqual([{ id: "s1" }, { id: "s2" }]);
});
