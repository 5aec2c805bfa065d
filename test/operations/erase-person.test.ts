import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SEALED_COLUMNS } from "../../edge/operations/sealed-columns.ts";
import { addLine, type Line } from "../clinic-line.ts";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { pushImport } from "../imports.ts";
import { seenVisit, todayIn } from "../visits.ts";
import { operate } from "./command.ts";
import { clinicOfZebulon, importOf, OCTAVIA, scheduleRows, ZEBULON } from "./person-world.ts";
import { filesIn, holds } from "./raw-files.ts";

let folder: string;
let desk: Desk;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearback-erase-"));
  desk = await startDesk({}, { folder });
});
afterAll(async () => {
  await desk?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Erased = { kind: string; patientId: string; erasureId: string; held: Record<string, number> };

async function erase(clinic: Clinic, patientId: string): Promise<Erased> {
  const { exit, document, err } = await operate(
    desk,
    ...["person", "erase", clinic.slug, "--patient", patientId, "--confirm", patientId],
  );
  expect([exit, err]).toEqual([0, ""]);
  return document as Erased;
}

async function countOf(clinic: Clinic, table: string, where = "1"): Promise<number> {
  const [row] = await clinic.db.all<{ n: number }>(sql.raw(`SELECT count(*) AS n FROM ${table} WHERE ${where}`));
  return row?.n ?? -1;
}

/** Every sealed value of the clinic's store. */
async function sealedValues(clinic: Clinic): Promise<string[]> {
  const all = await Promise.all(
    SEALED_COLUMNS.map(({ table, sealed }) =>
      clinic.db.all<{ value: string }>(
        sql`SELECT ${sealed} AS value FROM ${table} WHERE ${sealed} IS NOT NULL AND ${sealed} <> ''`,
      ),
    ),
  );
  return all.flat().map(({ value }) => value);
}

/** Every text of every table, as it lies there. */
async function dump(clinic: Clinic): Promise<string> {
  const tables = await clinic.db.all<{ name: string }>(
    sql`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'libsql%'`,
  );
  const rows = await Promise.all(tables.map(({ name }) => clinic.db.all(sql.raw(`SELECT * FROM ${name}`))));
  return JSON.stringify(rows);
}

test("a person is erased within a minute: no row, no raw message and no file names them or leads to them, and the audit still verifies [GDPR 17]", async () => {
  const clinic = await clinicOfZebulon(desk, "+12025550170");
  const identity = await clinic.db.all<{ key: string }>(
    sql`SELECT address_key AS key FROM contact_points WHERE patient_id = ${clinic.patientId}`,
  );
  const before = await sealedValues(clinic);
  const look = await operate(desk, "person", "erase", clinic.slug, "--phone", ZEBULON.phone, "--dry-run");
  expect(look).toMatchObject({ exit: 0, document: { kind: "would", patientId: clinic.patientId, bornIn: "1931" } });
  expect((look.document as Erased).held).toMatchObject({
    contactPoints: 2,
    visits: 2,
    purchases: 1,
    answers: 1,
    texts: 1,
  });
  expect(JSON.stringify(look.document)).not.toMatch(/zebulon/i);
  expect(await countOf(clinic, "patients")).toBe(3);

  const startedAt = Date.now();
  expect(await erase(clinic, clinic.patientId)).toMatchObject({
    kind: "erased",
    erasureId: expect.stringMatching(/^ers_/),
  });
  expect(Date.now() - startedAt).toBeLessThan(60_000);

  const text = await dump(clinic);
  // Only the audit knows that there once was somebody with this id.
  const audited = JSON.stringify(await clinic.db.all(sql`SELECT * FROM audit`));
  expect(text.split(clinic.patientId).length).toBe(audited.split(clinic.patientId).length);
  for (const word of [...Object.values(ZEBULON), "Zebbie", "quackenbush"]) expect(holds(text, word)).toBe(false);
  expect(await countOf(clinic, "patients")).toBe(2);
  expect(await countOf(clinic, "responses")).toBe(0);
  // What was sealed of Octavia and Olive is as it was; the raw schedule that named all of them is gone.
  const after = await sealedValues(clinic);
  expect(after.length).toBeGreaterThan(2);
  expect(after.filter((value) => !before.includes(value))).toEqual([]);
  expect(await countOf(clinic, "inbound_messages", "sealed <> ''")).toBe(0);
  // The STOP holds for ever, by the number's blind index, without the words.
  expect(await clinic.db.all(sql`SELECT address_key AS key, evidence, ended_at FROM opt_outs`)).toEqual([
    { key: identity.map(({ key }) => key).find((key) => text.includes(key)), evidence: null, ended_at: null },
  ]);
  expect(
    await clinic.db.all(
      sql`SELECT status, patient_id, appointment_id, invite_id, address_key FROM touches WHERE patient_id = 'pat_erased'`,
    ),
  ).toEqual([
    { status: "delivered", patient_id: "pat_erased", appointment_id: null, invite_id: null, address_key: null },
  ]);
  await desk.strike(clinic);
  expect(await operate(desk, "audit", "verify", clinic.slug)).toMatchObject({ exit: 0, document: { broken: null } });
  // Once more changes nothing, and says that it is done.
  expect(await erase(clinic, clinic.patientId)).toMatchObject({ kind: "erased" });

  const places = { logs: desk.edge.logs.join("\n"), store: filesIn(desk.sqld.folder), spool: filesIn(folder) };
  for (const [place, content] of Object.entries(places)) {
    for (const word of Object.values(ZEBULON))
      expect([place, word, holds(content, word)]).toEqual([place, word, false]);
  }
});

test("every table that leads to a person, a visit, a message or an invite is one that the erasure knows", async () => {
  const clinic = await desk.addTenant();
  const columns =
    "'patient_id', 'appointment_id', 'touch_id', 'invite_id', 'purchase_id', 'entity_id', 'sealed', 'evidence'";
  const rows = await clinic.db.all<{ name: string }>(
    sql.raw(`SELECT DISTINCT tables.name FROM sqlite_master AS tables,
    pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' AND columns.name IN (${columns}) ORDER BY 1`),
  );
  // A new one belongs into eraseRows (or is told here why not: the audit stays, and a mail's way out leads to nobody).
  expect(rows.map(({ name }) => name)).toEqual([
    ...["addresses", "appointments", "attempts", "audit", "calls", "change_log", "consents", "contact_points"],
    ...["delivery_events", "export_parts", "external_refs", "inbound_messages", "invite_links", "invites"],
    ...["media_buy_recipients", "opt_outs", "patients", "purchases", "responses", "touches", "unsubscribe_links"],
    ...["visit_links", "visit_requests"],
  ]);
});

test("neither the schedule nor an import brings an erased person back; each says that the row is not taken; readmitted, they come", async () => {
  const clinic = await clinicOfZebulon(desk, "+12025550160");
  const { erasureId } = await erase(clinic, clinic.patientId);
  const pushed = (await (await clinic.push(todayIn(), scheduleRows())).json()) as {
    outcomes: { outcome: string; reason?: string }[];
  };
  expect(pushed.outcomes).toMatchObject([
    { outcome: "rejected", reason: expect.stringMatching(/^erased/) },
    { outcome: "unchanged" },
  ]);
  const importAgain = async (sourceId: string) => {
    const before = await countOf(clinic, "imports", "status = 'applied'");
    await pushImport(clinic, importOf(sourceId));
    await desk.strike(clinic);
    await eventually(async () => (await countOf(clinic, "imports", "status = 'applied'")) > before);
  };
  await importAgain("p1");
  // By another key of the source, but the same name and birth date.
  await importAgain("p77");
  expect(
    await clinic.db.all(
      sql`SELECT DISTINCT entity, source_id AS id, reject_reason AS reason FROM staged_rows WHERE reject_reason IS NOT NULL ORDER BY 1, 2`,
    ),
  ).toEqual([
    { entity: "appointment", id: "a1", reason: "erased" },
    { entity: "appointment", id: "a1", reason: "patient_unknown" },
    { entity: "patient", id: "p1", reason: "erased" },
    { entity: "patient", id: "p77", reason: "erased" },
    { entity: "purchase", id: "s1", reason: "erased" },
    { entity: "purchase", id: "s1", reason: "patient_unknown" },
  ]);
  expect(await countOf(clinic, "patients")).toBe(2);
  expect(holds(await dump(clinic), ZEBULON.words)).toBe(false);

  expect((await operate(desk, "person", "readmit", clinic.slug, erasureId)).exit).toBe(0);
  await clinic.push(todayIn(), scheduleRows());
  expect(await countOf(clinic, "patients")).toBe(3);
  expect((await operate(desk, "person", "readmit", clinic.slug, erasureId)).exit).toBe(1);
  // The STOP still holds: nobody is texted.
  await desk.strike(clinic);
  await eventually(async () => (await countOf(clinic, "touches", "reason = 'opted_out'")) === 1);
});

test("a visit that the schedule does not show any more is removed also while it still shows somebody who was erased", async () => {
  const clinic = await clinicOfZebulon(desk, "+12025550161");
  await erase(clinic, clinic.patientId);
  await clinic.push(todayIn(), scheduleRows().slice(0, 1));
  const [octavia] = await clinic.db.all(sql`SELECT status FROM appointments WHERE source = 'practice-fusion'`);
  expect(octavia).toEqual({ status: "cancelled" });
});

test("what waits for the person is called off and says why; who shares the number keeps number and texts", async () => {
  const phone = "+12025550163";
  const clinic = await addLine(desk, "+12025550162", { settings: { ask: { delayMinutes: 1_000 } } });
  await clinic.push(todayIn(), [
    seenVisit({ phone, patientName: "MARZIPAN PUMPERNICKEL", birthDate: "1971-01-01" }),
    seenVisit({ phone, patientName: "QUENTIN PUMPERNICKEL", birthDate: "2001-01-01" }),
  ]);
  await clinic.until("planned");
  // Whose it is, nobody can say.
  await clinic.text(phone, "May we come an hour later?");
  const people = await clinic.db.all<{ id: string }>(sql`SELECT id FROM patients ORDER BY id`);
  const ambiguous = await operate(
    desk,
    "person",
    "erase",
    clinic.slug,
    "--phone",
    phone,
    "--confirm",
    people[0]?.id ?? "",
  );
  expect([ambiguous.exit, (ambiguous.document as { matches: [] }).matches.length]).toEqual([1, 2]);
  await erase(clinic, people[0]?.id ?? "");
  expect(await clinic.db.all(sql`SELECT patient_id, status, reason FROM touches ORDER BY status`)).toEqual([
    { patient_id: "pat_erased", status: "cancelled", reason: "erased" },
    { patient_id: people[1]?.id, status: "planned", reason: null },
  ]);
  expect(await clinic.db.all(sql`SELECT patient_id FROM contact_points`)).toEqual([{ patient_id: people[1]?.id }]);
  expect(
    await clinic.db.all(sql`SELECT status FROM inbound_messages WHERE source = 'twilio' AND sealed <> ''`),
  ).toEqual([{ status: "received" }]);
});

test("nobody is erased without the dry run's id, nor while a message is being handed over", async () => {
  const clinic = await addLine(desk, "+12025550164");
  await clinic.push(todayIn(), [seenVisit({ phone: OCTAVIA.phone })]);
  await clinic.until("delivered");
  const [patient] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM patients`);
  const id = patient?.id ?? "";
  const verb = ["person", "erase", clinic.slug, "--phone", OCTAVIA.phone];
  expect((await operate(desk, ...verb)).exit).toBe(2);
  expect((await operate(desk, ...verb, "--confirm", "pat_x")).exit).toBe(1);
  await clinic.db.run(sql`UPDATE touches SET status = 'sending'`);
  const busy = await operate(desk, ...verb, "--confirm", id);
  expect([busy.exit, busy.err]).toEqual([1, expect.stringContaining("handed over")]);
  expect(await countOf(clinic, "patients")).toBe(1);
  const unsigned = await fetch(`${desk.edge.url}/admin/v1/person/erase`, { method: "POST", body: "{}" });
  expect(unsigned.status).toBe(401);
});

test("rows of an import that was read before the erasure and is applied after it do not come back", async () => {
  const clinic: Line = await addLine(desk, "+12025550165");
  await pushImport(clinic, importOf("p1"));
  await desk.strike(clinic);
  await eventually(async () => (await countOf(clinic, "imports", "status = 'applied'")) === 1);
  const [person] = await clinic.db.all<{ id: string }>(
    sql`SELECT entity_id AS id FROM external_refs WHERE value = 'p1'`,
  );
  // Read, with a change, and not applied yet.
  const changed = importOf("p1");
  Object.assign(changed.patient[0] ?? {}, { preferredName: "Zeb" });
  Object.assign(changed.appointment[0] ?? {}, { name: "Other" });
  await clinic.db.run(sql`UPDATE imports SET snapshot_at = 1`);
  await pushImport(clinic, changed, { stopAfter: 2 });
  expect(
    await countOf(
      clinic,
      "staged_rows",
      "row IS NOT NULL AND import_id IN (SELECT id FROM imports WHERE status = 'staging')",
    ),
  ).toBeGreaterThan(0);
  await erase(clinic, person?.id ?? "");
  expect(await countOf(clinic, "staged_rows", "row IS NOT NULL AND row ->> '$.patient' = 'p1'")).toBe(0);
  expect(await countOf(clinic, "staged_rows", "reject_reason = 'erased'")).toBe(2);
  await clinic.db.run(sql`UPDATE imports SET status = 'staged' WHERE status = 'staging'`);
  await desk.strike(clinic);
  await eventually(async () => (await countOf(clinic, "imports", "status = 'applied'")) === 2);
  expect(await countOf(clinic, "patients")).toBe(1);
  expect((await operator(desk.edge, "/admin/v1/person/erase", { tenant: clinic.slug })).status).toBe(400);
});

test("what the store's file still has of the person in unused places opens for nobody once the data key was changed", async () => {
  const clinic = await clinicOfZebulon(desk, "+12025550166");
  const [patient] = await clinic.db.all<{ sealed: string }>(
    sql`SELECT sealed FROM patients WHERE id = ${clinic.patientId}`,
  );
  await erase(clinic, clinic.patientId);
  // Deleted, and still there: SQLite's unused bytes, and the store's log of writes.
  expect(filesIn(desk.sqld.folder)).toContain(patient?.sealed);
  await operate(desk, "keys", "rotate-data", clinic.slug);
  const tenant = sql`(SELECT id FROM tenants WHERE slug = ${clinic.slug})`;
  await desk.directory.run(sql`UPDATE tenant_keys SET created_at = created_at - 1200000 WHERE tenant_id = ${tenant}`);
  await desk.strike(clinic);
  const [keyId] = patient?.sealed.split(".") ?? [];
  await eventually(async () => {
    await desk.strike(clinic);
    const left = await desk.directory.all(
      sql`SELECT 1 FROM tenant_keys WHERE tenant_id = ${tenant} AND key_id = ${keyId}`,
    );
    return left.length === 0;
  });
});
