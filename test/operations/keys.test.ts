import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findTenant } from "../../edge/directory.ts";
import { type Env, EnvSchema } from "../../edge/env.ts";
import { SEALED_COLUMNS } from "../../edge/operations/sealed-columns.ts";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { openAllSealed } from "../open-sealed.ts";
import { type Edge, startEdge } from "../sandbox/edge.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { operate } from "./command.ts";
import { linesOf } from "./lines-of.ts";

const KEY = () => randomBytes(32).toString("base64");

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

/** Another Worker on the same store: with its own cache, and its own key-encryption keys if given. */
function secondEdge(settings: Record<string, string> = {}): Promise<Edge> {
  const { PUBLIC_URL: _, ...same } = desk.edge.settings;
  return startEdge({ ...same, ...settings }, { quiet: true });
}

function phoneOf(i: number): string {
  return `+1202555${String(100 + i).padStart(4, "0")}`;
}

async function texted(phone: string): Promise<void> {
  await eventually(async () => desk.twilio.messages(phone).length === 1);
}

/** How many rows of the clinic are sealed by another than its newest key. */
async function olderRows(clinic: Clinic): Promise<number> {
  const [key] = await desk.directory.all<{ id: string }>(sql`SELECT key_id AS id FROM tenant_keys
    WHERE is_current = 1 AND purpose = 'seal' AND tenant_id = (SELECT id FROM tenants WHERE slug = ${clinic.slug})`);
  const counts = SEALED_COLUMNS.map(
    ({ table, sealed }) =>
      sql`SELECT count(*) AS n FROM ${table} WHERE ${sealed} IS NOT NULL AND ${sealed} NOT LIKE ${`${key?.id}.%`}`,
  );
  const rows = await clinic.db.all<{ n: number }>(sql.join(counts, sql` UNION ALL `));
  return rows.reduce((sum, { n }) => sum + n, 0);
}

/** As if the newest key were so many minutes old: after one, rows are sealed anew; after fifteen, the old key goes. */
async function letKeySettle(clinic: Clinic, minutes: number): Promise<void> {
  await desk.directory.run(sql`UPDATE tenant_keys SET created_at = created_at - ${minutes * 60_000}
    WHERE tenant_id = (SELECT id FROM tenants WHERE slug = ${clinic.slug})`);
}

/** The clinic's data keys as they stand in the directory, the newest last. */
async function dataKeys(clinic: Clinic): Promise<string[]> {
  const rows = await desk.directory.all<{ id: string }>(sql`SELECT key_id AS id FROM tenant_keys WHERE purpose = 'seal'
    AND tenant_id = (SELECT id FROM tenants WHERE slug = ${clinic.slug}) ORDER BY created_at, key_id`);
  return rows.map(({ id }) => id);
}

async function rotationEnd(clinic: Clinic): Promise<Record<string, number>> {
  const finished = sql`SELECT counts FROM runs WHERE procedure_id = 'key-rotation' AND status = 'succeeded'`;
  return eventually(async () => {
    const [run] = await clinic.db.all<{ counts: string }>(finished);
    return run && JSON.parse(run.counts);
  });
}

test("a new data key seals what comes, opens what was, in the background seals all of it anew, and then is the only one", async () => {
  const clinic = await desk.addTenant({
    settings: { office: openAllDay, ask: { onePerPhonePerDay: false, delayMinutes: 0 } },
  });
  const rows = Array.from({ length: 205 }, (_, i) =>
    seenVisit({ patientName: `TESTER ${i}`, phone: null, phoneProblem: "none", status: "Confirmed" }),
  );
  await clinic.push(todayIn(), [...rows, seenVisit({ phone: phoneOf(1) })]);
  const rotated = await operate(desk, "keys", "rotate-data", clinic.slug);
  expect(rotated).toMatchObject({ exit: 0, document: { keyId: expect.stringMatching(/^key_/) } });
  const later = seenVisit({ phone: phoneOf(2), patientName: "ANEW TESTER" });
  await clinic.push(todayIn(), [...rows, seenVisit({ phone: phoneOf(1) }), later]);
  await Promise.all([texted(phoneOf(1)), texted(phoneOf(2))]);
  expect(await olderRows(clinic)).toBeGreaterThan(205);
  await letKeySettle(clinic, 2);
  await desk.strike(clinic);
  await eventually(async () => (await olderRows(clinic)) === 0);
  // A request that began before the rotation may still seal with the old key.
  expect(await dataKeys(clinic)).toHaveLength(2);
  await letKeySettle(clinic, 15);
  await desk.strike(clinic);
  const counts = await rotationEnd(clinic);
  expect(counts).toMatchObject({ keysDropped: 1, keysKept: 0 });
  expect(counts.resealed).toBeGreaterThan(205);
  expect(await dataKeys(clinic)).toEqual([(rotated.document as { keyId: string }).keyId]);
  expect(await openAllSealed(desk.edge.settings, clinic)).toBeGreaterThan(205);
  expect(await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'key.dropped'`)).toHaveLength(1);
  expect(desk.edge.logs.filter((line) => /UnknownKey|OperationError/.test(line))).toEqual([]);
});

test("what a slow request sealed with the old key after all is sealed anew before that key is dropped", async () => {
  const clinic = await desk.addTenant();
  await clinic.push(todayIn(), [seenVisit({ phone: null, phoneProblem: "none" })]);
  const [late] = await clinic.db.all<{ id: string; sealed: string }>(sql`SELECT id, sealed FROM patients`);
  await operator(desk.edge, "/admin/v1/keys/rotate-data", { tenant: clinic.slug });
  await letKeySettle(clinic, 2);
  await desk.strike(clinic);
  await eventually(async () => (await olderRows(clinic)) === 0);
  await clinic.db.run(sql`UPDATE patients SET sealed = ${late?.sealed ?? ""} WHERE id = ${late?.id ?? ""}`);
  await letKeySettle(clinic, 15);
  await desk.strike(clinic);
  expect(await rotationEnd(clinic)).toMatchObject({ keysDropped: 1 });
  expect(await dataKeys(clinic)).toHaveLength(1);
  expect(await openAllSealed(desk.edge.settings, clinic)).toBeGreaterThan(0);
});

test("a Worker that remembers the keys from before a rotation opens what another sealed since", async () => {
  const clinic = await desk.addTenant();
  // This process stands for the other Worker: it reads the directory once, as an isolate does.
  const env = EnvSchema.parse(desk.edge.settings) as Env;
  const remembered = await findTenant(env, { slug: clinic.slug });
  await operator(desk.edge, "/admin/v1/keys/rotate-data", { tenant: clinic.slug });
  await clinic.push(todayIn(), [seenVisit({ phone: null, phoneProblem: "none" })]);
  const [patient] = await clinic.db.all<{ id: string; sealed: string }>(sql`SELECT id, sealed FROM patients`);
  expect(patient?.sealed.startsWith(`${remembered?.keys.currentKeyId}.`)).toBe(false);
  const text = await remembered?.keys.open({ table: "patients", row: patient?.id ?? "" }, patient?.sealed ?? "");
  expect(JSON.parse(text ?? "")).toMatchObject({ name: "RIVER TESTERLY" });
});

test("a rotation that was broken off goes on where it stopped, and a row that nobody can open stops it no more but keeps its key", async () => {
  const clinic = await desk.addTenant();
  await clinic.push(todayIn(), [
    seenVisit({ phone: phoneOf(8) }),
    seenVisit({ phone: phoneOf(9), patientName: "ANEW TESTER" }),
  ]);
  const rotated = await operator(desk.edge, "/admin/v1/keys/rotate-data", { tenant: clinic.slug });
  const { keyId } = (await rotated.json()) as { keyId: string };
  await clinic.db.run(
    sql`UPDATE contact_points SET sealed = substr(sealed, 1, 60) || 'AAAA' WHERE id = (SELECT min(id) FROM contact_points)`,
  );
  // The first of the columns is done already, says the run; the others are still to do, and all of them once more.
  await clinic.db.run(sql`INSERT INTO runs (id, procedure_id, status, arguments, started_at)
    VALUES ('run_broken_off', 'key-rotation', 'started', ${JSON.stringify({ keyId, column: 1, after: "" })}, ${Date.now()})`);
  const older = async (table: string) =>
    (await clinic.db.all(sql`SELECT 1 FROM ${sql.identifier(table)} WHERE sealed NOT LIKE ${`${keyId}.%`}`)).length;
  const left = async () => [await older("patients"), await older("contact_points"), await older("inbound_messages")];
  await letKeySettle(clinic, 2);
  await desk.strike(clinic);
  expect(await left()).toEqual([2, 1, 0]);
  await letKeySettle(clinic, 15);
  await desk.strike(clinic);
  expect(await left()).toEqual([0, 1, 0]);
  expect(await rotationEnd(clinic)).toMatchObject({ keysDropped: 0, keysKept: 1 });
  expect(await clinic.db.all(sql`SELECT id FROM runs WHERE procedure_id = 'key-rotation'`)).toHaveLength(1);
  expect(linesOf(desk, clinic)).toContainEqual(
    expect.objectContaining({ event: "row does not open", table: "contact_points" }),
  );
});

test("all keys move to a new key-encryption key at once, and the old one can then be taken away", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  await clinic.push(todayIn(), [seenVisit({ phone: phoneOf(4) })]);
  const old = desk.edge.settings.KEY_ENCRYPTION_KEYS;
  const fresh = `k2:${KEY()}`;
  const both = await secondEdge({ KEY_ENCRYPTION_KEYS: `${fresh},${old}` });
  const ask = async () =>
    (await operator(both, "/admin/v1/keys/rotate-kek", {})).json() as Promise<{ keys: number; secrets: number }>;
  const first = await ask();
  expect(first.keys).toBeGreaterThanOrEqual(2);
  expect(first.secrets).toBeGreaterThanOrEqual(1);
  expect(await ask()).toEqual({ keys: 0, secrets: 0 });
  await both.close();
  const onlyNew = await secondEdge({ KEY_ENCRYPTION_KEYS: fresh });
  try {
    await desk.directory.run(sql`UPDATE tenants SET next_due_at = ${Date.now()} WHERE slug = ${clinic.slug}`);
    await onlyNew.cron();
    await texted(phoneOf(4));
  } finally {
    // The other tests go on with the old one.
    const back = await secondEdge({ KEY_ENCRYPTION_KEYS: `${old},${fresh}` });
    await operator(back, "/admin/v1/keys/rotate-kek", {});
    await Promise.all([onlyNew.close(), back.close()]);
  }
});

test("a new key for the container works at once beside the one before, which ends after the overlap or, when it leaked, now", async () => {
  const clinic = await desk.addTenant();
  const answered = async (key: Clinic["key"]) => (await clinic.send("/jobs", { kind: "scrape" }, { key })).status;
  const rotated = await operate(desk, "keys", "rotate-machine", clinic.slug);
  expect(rotated).toMatchObject({ exit: 0, document: { key: { id: expect.stringMatching(/^apk_/) } } });
  const { key: second, olderUntil } = rotated.document as { key: Clinic["key"]; olderUntil: number };
  expect(olderUntil - Date.now()).toBeGreaterThan(23 * 3_600_000);
  expect([await answered(clinic.key), await answered(second)]).toEqual([201, 201]);
  const leaked = await operate(desk, "keys", "rotate-machine", clinic.slug, "--overlap-hours", "0");
  const { key: third } = leaked.document as { key: Clinic["key"] };
  expect([await answered(clinic.key), await answered(second), await answered(third)]).toEqual([401, 401, 201]);
  const said = await clinic.db.all(
    sql`SELECT entity_id AS id FROM audit WHERE action = 'machine_key.rotated' ORDER BY seq`,
  );
  expect(said).toEqual([{ id: second.id }, { id: third.id }]);
  expect((await operate(desk, "keys", "rotate-machine", clinic.slug, "--overlap-hours", "soon")).exit).toBe(2);
});

test("a sealed number put into another patient's row does not open: nobody is texted by it, and the others are", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay, ask: { delayMinutes: 300 } } });
  const visit = (i: number) => seenVisit({ phone: phoneOf(i), patientName: `TESTER ${i}` });
  await clinic.push(todayIn(), [visit(5), visit(6), visit(7)]);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM touches WHERE status = 'planned'`)).length === 3);
  const [one, other] = await clinic.db.all<{
    id: string;
    sealed: string;
  }>(sql`SELECT c.id, c.sealed FROM contact_points c
    JOIN touches t ON t.patient_id = c.patient_id ORDER BY c.id LIMIT 2`);
  await clinic.db.run(sql`UPDATE contact_points SET sealed = ${other?.sealed ?? ""} WHERE id = ${one?.id ?? ""}`);
  await clinic.db.run(sql`UPDATE contact_points SET sealed = ${one?.sealed ?? ""} WHERE id = ${other?.id ?? ""}`);
  await clinic.db.run(sql`UPDATE touches SET due_at = ${Date.now()}`);
  await desk.strike(clinic);
  await eventually(async () => [5, 6, 7].flatMap((i) => desk.twilio.messages(phoneOf(i))).length === 1);
  const states = await clinic.db.all<{ status: string; n: number }>(
    sql`SELECT status, count(*) AS n FROM touches GROUP BY status`,
  );
  expect(states.find(({ status }) => status === "parked")?.n).toBe(2);
});

test("every place that the code seals into is among the columns that a rotation seals anew", () => {
  const files = readdirSync("edge", { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
  const named = files.flatMap((file) =>
    [...readFileSync(join("edge", file), "utf8").matchAll(/\{ table: "(\w+)", row: /g)].map(([, table]) => table ?? ""),
  );
  // Sealed by the key-encryption key itself, which `rotateKek` and the spool's own short life take care of.
  const byKek = ["tenant_keys", "api_keys", "answer_spool"];
  // Travels with the container and comes back within its job; nothing keeps it.
  const underWay = ["address_keys", "address_pages"];
  const sealed = [...new Set(named)].filter((table) => ![...byKek, ...underWay].includes(table));
  expect(sealed.sort()).toEqual(SEALED_COLUMNS.map(({ name }) => name).sort());
});
