import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alarmsOf } from "../clinic-line.ts";
import type { Clinic } from "../harness.ts";
import { booking, chunksOf, inDays, lastOf, person, pushImport } from "../imports.ts";
import { STAFF } from "../sandbox/oidc/staff.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

let desk: ConsoleDesk;
let lead: Visitor;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  lead = await signIn(desk, "clinic_lead");
});
afterAll(() => desk?.close());

const scope = { appointmentsFrom: inDays(-7).slice(0, 10), appointmentsTo: inDays(180).slice(0, 10) };
const page = async ({ slug }: Clinic) => (await lead.get(`/t/${slug}/imports`)).text();
const gone = async (clinic: Clinic) =>
  (await clinic.db.all(sql`SELECT 1 FROM appointments WHERE removed_at IS NOT NULL`)).length;

/** So many people, each with a visit to come. */
function source(count: number) {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return {
    patient: numbers.map((number) => person(number)),
    appointment: numbers.map((number) => booking(number, inDays(2 + (number % 90)))),
  };
}

async function decide(clinic: Clinic, decision: "approve" | "drop"): Promise<string | null> {
  const [held] = await clinic.db.all<{ id: string }>(
    sql`SELECT id FROM imports ORDER BY status = 'held' DESC, snapshot_at DESC`,
  );
  const answer = await lead.post(`/t/${clinic.slug}/imports/${held?.id}`, { decision });
  return new URL(answer.headers.get("location") ?? "", desk.edge.url).searchParams.get("done");
}

describe("what an import removes", () => {
  test("a visit called off at the source is removed with its reason and in the log, and what was planned for it is cancelled [NUDGE-21]", async () => {
    const clinic = await desk.addTenant();
    await pushImport(clinic, { patient: [person(1)], appointment: [booking(1, inDays(2))] }, { scope });
    const [visit] = await clinic.db.all<{ id: string; patient: string }>(
      sql`SELECT id, patient_id AS patient FROM appointments`,
    );
    await clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, appointment_id, office_id, channel, template_key,
        template_version, due_at, not_after_at, created_at, updated_at)
      VALUES ('tch_1', 'tch_1', 'survey_invite', ${visit?.patient}, ${visit?.id}, 'off_main', 'sms', 'survey-invite', 1,
        ${Date.now() + 900_000}, ${Date.now() + 9_000_000}, 1, 1)`);
    await pushImport(
      clinic,
      { patient: [person(1)], appointment: [booking(1, inDays(2), { status: "Cancelled" })] },
      { scope },
    );
    const row = sql`SELECT status, removed_reason AS reason, removed_at IS NOT NULL AS gone FROM appointments`;
    expect(await clinic.db.all(row)).toEqual([{ status: "cancelled", reason: "source_cancelled", gone: 1 }]);
    const log = sql`SELECT field, before, after FROM change_log WHERE entity_id = ${visit?.id} ORDER BY field`;
    expect(await clinic.db.all(log)).toEqual([
      { field: "removed", before: "no", after: "yes" },
      { field: "status", before: "booked", after: "cancelled" },
    ]);
    const status = () => clinic.db.all(sql`SELECT status FROM touches`);
    await expect.poll(status).toEqual([{ status: "cancelled" }]);
    expect(desk.twilio.messages("+12025550101")).toEqual([]);
  });

  test("a visit that a complete reading no longer shows is removed, and restored when it is back, in the very words it had", async () => {
    const clinic = await desk.addTenant();
    const all = source(10);
    await pushImport(clinic, all, { scope });
    const fewer = { ...all, appointment: all.appointment.slice(0, 8) };
    await pushImport(clinic, fewer, { scope });
    const reasons = sql`SELECT DISTINCT removed_reason AS reason FROM appointments WHERE removed_at IS NOT NULL`;
    expect(await gone(clinic)).toBe(2);
    expect(await clinic.db.all(reasons)).toEqual([{ reason: "absent_from_snapshot" }]);
    const runId = randomUUID();
    await pushImport(clinic, all, { scope, runId });
    expect(await gone(clinic)).toBe(0);
    const [row] = await clinic.db.all<{ counts: string }>(sql`SELECT counts FROM imports WHERE id = ${runId}`);
    expect(JSON.parse(row?.counts ?? "").appointment).toMatchObject({ restored: 2, updated: 0, created: 0 });
    expect(await page(clinic)).toContain("2 back");
  });

  test("what lies outside of what was read, or came in a row without its key, is not missed", async () => {
    const clinic = await desk.addTenant();
    const all = source(10);
    await pushImport(clinic, all, { scope });
    await pushImport(clinic, { appointment: all.appointment.slice(0, 9) }, {});
    await pushImport(
      clinic,
      { appointment: [] },
      { scope: { appointmentsFrom: "2020-01-01", appointmentsTo: "2020-02-01" } },
    );
    const { sourceId: _, ...keyless } = all.appointment[9] ?? { sourceId: "" };
    await pushImport(clinic, { appointment: [...all.appointment.slice(0, 9), keyless] }, { scope });
    expect(await gone(clinic)).toBe(0);
  });

  test("a person who is gone at the source takes the visits to come along, and brings them back", async () => {
    const clinic = await desk.addTenant();
    const all = source(10);
    await pushImport(clinic, all, { scope });
    const visits = { ...scope, whole: ["patient"] };
    await pushImport(clinic, { ...all, patient: all.patient.slice(1) }, { scope: visits });
    expect(
      await clinic.db.all(sql`SELECT removed_reason AS reason FROM appointments WHERE removed_at IS NOT NULL`),
    ).toEqual([{ reason: "patient_removed" }]);
    await pushImport(clinic, { ...all, patient: all.patient.slice(1) }, { scope: visits });
    expect(await gone(clinic)).toBe(1);
    await pushImport(clinic, all, { scope: visits });
    expect(await gone(clinic)).toBe(0);
  });

  test("a reading that broke off changes and removes nothing: refused at the door, or failed at the third page of five [NUDGE-20]", async () => {
    const clinic = await desk.addTenant();
    const all = source(20);
    await pushImport(clinic, all, { scope });
    // Whether the planner has looked at them yet is its own affair.
    const visits = async () =>
      (await clinic.db.all<object>(sql`SELECT * FROM appointments ORDER BY id`)).map((row) => ({
        ...row,
        needs_planning: 0,
      }));
    const before = await visits();
    const fail = async (sent: number, code: string) => {
      const bodies = await chunksOf(
        { appointment: all.appointment.slice(0, 5).map((row) => ({ ...row, name: "Moved" })) },
        { scope, chunkRows: 1 },
      );
      for (const body of bodies.slice(0, sent)) expect((await clinic.send("/imports", body)).status).toBe(200);
      const { end: _, ...last } = { ...bodies[sent], rows: [], failed: { code } } as Record<string, unknown>;
      expect(await (await clinic.send("/imports", last)).json()).toMatchObject({ import: "failed" });
      expect((await clinic.send("/imports", bodies[sent + 1])).status).toBe(409);
      return bodies[0]?.runId;
    };
    await fail(0, "login_refused");
    const runId = await fail(2, "page_failed");
    await desk.strike(clinic);
    await expect
      .poll(() => clinic.db.all(sql`SELECT error_code AS code FROM imports WHERE status = 'failed' ORDER BY 1`))
      .toEqual([{ code: "login_refused" }, { code: "page_failed" }]);
    expect(await visits()).toEqual(before);
    expect(await clinic.db.all(sql`SELECT count(*) AS n FROM staged_rows WHERE import_id = ${runId}`)).toEqual([
      { n: 2 },
    ]);
    const shown = await page(clinic);
    expect(shown).toContain("login refused");
    expect(shown).toContain("page failed");
  });
});

describe("an import that would remove too much", () => {
  test("of 500 visits to come, 210 are missing: nothing is removed until a person approves, once [NUDGE-22]", async () => {
    const clinic = await desk.addTenant();
    const all = source(500);
    await pushImport(clinic, all, { scope });
    const fewer = { patient: [...all.patient, person(900)], appointment: all.appointment.slice(0, 290) };
    expect(await lastOf(pushImport(clinic, fewer, { scope }))).toBe("held");
    expect(await gone(clinic)).toBe(0);
    const shown = await page(clinic);
    expect(shown).toContain("would remove 210 of 500 visits to come");
    expect(shown).toContain("Hearing test");
    expect(shown).not.toMatch(/Test\d+ Sample/);
    expect(await alarmsOf(clinic)).toContain("import_held");
    expect(await decide(clinic, "approve")).toBe("import-approved");
    await expect.poll(() => gone(clinic)).toBe(210);
    await expect
      .poll(async () => (await clinic.db.all(sql`SELECT 1 FROM imports WHERE status = 'applied'`)).length)
      .toBe(2);
    expect(await decide(clinic, "approve")).toBe("gone");
    const email = STAFF.find(({ role }) => role === "clinic_lead")?.email;
    const events = sql`SELECT DISTINCT actor FROM audit WHERE action = 'import.approved'`;
    expect(await clinic.db.all(events)).toEqual([{ actor: `staff:${email}` }]);
    const open = await clinic.db.all(sql`SELECT 1 FROM alarms WHERE code = 'import_held' AND acknowledged_at IS NULL`);
    expect(open).toEqual([]);
  });

  test("more than a fifth is too much as well, also when called off one by one; a rejected one removes nothing", async () => {
    const clinic = await desk.addTenant();
    const all = source(20);
    await pushImport(clinic, all, { scope });
    const off = all.appointment.map((row, index) => (index < 5 ? { ...row, status: "Cancelled" } : row));
    expect(await lastOf(pushImport(clinic, { ...all, appointment: off }, { scope }))).toBe("held");
    expect(await gone(clinic)).toBe(0);
    expect(await decide(clinic, "drop")).toBe("import-dropped");
    expect(await gone(clinic)).toBe(0);
    // A few of few are no alarm.
    const four = all.appointment.map((row, index) => (index < 4 ? { ...row, status: "Cancelled" } : row));
    expect(await lastOf(pushImport(clinic, { ...all, appointment: four }, { scope }))).toBe("applied");
    expect(await gone(clinic)).toBe(4);
  });

  test("a newer reading overtakes a held one, which then asks nobody any more", async () => {
    const clinic = await desk.addTenant();
    const all = source(20);
    await pushImport(clinic, all, { scope });
    expect(await lastOf(pushImport(clinic, { ...all, appointment: [] }, { scope }))).toBe("held");
    expect(await lastOf(pushImport(clinic, all, { scope }))).toBe("applied");
    expect(await decide(clinic, "approve")).toBe("gone");
    const shown = await page(clinic);
    expect(shown).not.toContain("would remove");
    expect(shown).toContain("Overtaken");
    expect(await gone(clinic)).toBe(0);
  });
});

describe("the page of imports", () => {
  test("shows where the source's clock differs from the zone, odd times, unknown statuses and unusable numbers [NUDGE-10]", async () => {
    const offices = [
      { sourceCode: "7", name: "Boulder", timeZone: "America/Denver", sourceUtcOffsetMinutes: -420 },
      { sourceCode: "9", name: "Tempe", timeZone: "America/Phoenix", sourceUtcOffsetMinutes: -420 },
    ];
    const clinic = await desk.addTenant({ settings: { offices } });
    await pushImport(clinic, {
      patient: [person(1, { mobilePhone: "ask at desk" }), { givenName: "No key" }],
      appointment: [
        booking(1, "2027-03-14T02:30", { officeSourceId: "7" }),
        booking(2, "2027-11-07T01:30", { officeSourceId: "7", patientSourceId: "p1" }),
        booking(3, "2027-07-01T09:00", { officeSourceId: "9", patientSourceId: "p1", status: "Tentative" }),
      ],
    });
    const shown = await page(clinic);
    expect(shown.match(/the source says UTC−7 all year/g)).toHaveLength(1);
    expect(shown).toContain("Boulder: the source says");
    expect(shown).toContain("there is no such time");
    expect(shown).toContain("this time comes twice");
    expect(shown).toContain("“Tentative”: 1 visit to come");
    expect(shown).toContain("Test1 Sample");
    expect(shown).toContain("cannot be one");
    expect(shown).toContain("came without the source’s own key".replace("’", "&#39;"));
    const reads = await clinic.db.all(sql`SELECT details FROM audit WHERE action = 'imports.read'`);
    expect(reads).toEqual([{ details: expect.stringMatching(/^\{"patients":1,"numbers":0,"ids":\["pat_/) }]);
  });

  test("what was staged is dropped once it is applied, and after a week what was not; a held import keeps its rows", async () => {
    const clinic = await desk.addTenant();
    const all = source(20);
    await pushImport(clinic, { ...all, patient: [...all.patient, {}] }, { scope });
    const rows = () => clinic.db.all(sql`SELECT reject_reason AS reason, count(*) AS n FROM staged_rows GROUP BY 1`);
    await desk.strike(clinic);
    await expect.poll(rows).toEqual([{ reason: "source_id_missing:sourceId", n: 1 }]);
    await pushImport(clinic, { ...all, appointment: [] }, { scope });
    await pushImport(clinic, { patient: [person(77)] }, { source: "sycle", stopAfter: 1, scope: {} });
    await clinic.db.run(sql`UPDATE imports SET started_at = started_at - ${8 * 86_400_000}`);
    await desk.strike(clinic);
    await expect.poll(rows).toEqual([{ reason: null, n: 20 }]);
    expect(await clinic.db.all(sql`SELECT count(*) AS n FROM import_chunks`)).toEqual([{ n: 2 }]);
  });
});
