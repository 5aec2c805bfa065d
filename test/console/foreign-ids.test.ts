import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine } from "../clinic-line.ts";
import { reminder, saveNudge } from "../engagement/nudge-line.ts";
import type { Clinic } from "../harness.ts";
import { STAFF } from "../sandbox/oidc/staff.ts";
import { readRoutes } from "./route-table.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

/** A form that each route takes, so that only the id can be what is wrong. One without an entry is sent empty. */
const FORMS: Record<string, Record<string, string>> = {
  "/calls/:appointment": { outcome: "reached" },
  "/nudges/:code/pause": { reason: "to see" },
  "/opt-outs/:id/lift": { reason: "new_owner" },
  "/pause/:id/lift": { fate: "drop", at: "" },
  "/parked/:touch": { decision: "drop" },
  "/runs/held/:snapshot": { decision: "drop" },
  "/imports/:import": { decision: "drop" },
};
const PLANTED = { patientName: "CANARYBIRD FOREIGN", phone: "+12025550188" };

type Route = Awaited<ReturnType<typeof readRoutes>>["staff"][number];

let desk: ConsoleDesk;
let routes: Route[];
let ours: Clinic;
let theirs: Clinic;
beforeAll(async () => {
  [desk, routes] = await Promise.all([startConsole(), readRoutes().then(({ staff }) => [...staff])]);
  [ours, theirs] = await Promise.all([desk.addTenant(staffedBy("admin")), fullClinic()]);
});
afterAll(() => desk?.close());

test("whoever belongs to one clinic asks in vain for everything of another, on every route: nothing of it is shown or changed, and each time is in the audit [F-23]", async () => {
  const [member, ids, before] = await Promise.all([signIn(desk, "admin"), foreignIds(), dumpOf(theirs)]);
  const wrong: string[] = [];
  let asked = 0;
  const ask = async (route: Route, path: string) => {
    const events = await missesAt(ours);
    const answer = await visit(member, route, path);
    const body = await answer.text();
    asked += 1;
    const isRefused = answer.status === 404 || (route.method === "POST" && !FORMS[route.path] && answer.status === 400);
    if (!isRefused) wrong.push(`${route.method} ${path} answered ${answer.status}`);
    if (answer.status === 404 && (await missesAt(ours)) !== events + 1) wrong.push(`${path} is not in the audit`);
    if (Object.values(PLANTED).some((secret) => body.includes(secret))) wrong.push(`${path} shows another's`);
  };
  for (const route of routes) {
    await ask(route, `/t/${theirs.slug}${filled(route, "none_0")}`);
    for (const id of route.path.includes(":") ? ids : []) {
      await ask(route, `/t/${ours.slug}${filled(route, id)}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(routes.length * 5);
  expect(await dumpOf(theirs)).toEqual(before);
  expect(await theirs.db.all(sql`SELECT 1 FROM audit WHERE actor LIKE ${`%${emailOf("admin")}`}`)).toEqual([]);
}, 240_000);

test("the same ids lead somewhere for whoever belongs there", async () => {
  const [member, ids] = await Promise.all([signIn(desk, "clinic_lead"), foreignIds()]);
  const nowhere: string[] = [];
  for (const route of routes.filter(({ path }) => path.includes(":"))) {
    const statuses: number[] = [];
    for (const id of ids) statuses.push((await visit(member, route, `/t/${theirs.slug}${filled(route, id)}`)).status);
    if (statuses.every((status) => status === 404)) nowhere.push(`${route.method} ${route.path}`);
  }
  expect(nowhere, "the other clinic has no row for these: give it one").toEqual([]);
}, 240_000);

function staffedBy(role: "admin" | "clinic_lead") {
  return { staff: [{ email: emailOf(role), role: "admin" as const }] };
}

function emailOf(role: string): string {
  return STAFF.find((member) => member.role === role)?.email ?? "";
}

function filled({ path }: Route, id: string): string {
  return path.replace(/:\w+/g, id);
}

function visit(who: Visitor, { method, path: route }: Route, path: string): Promise<Response> {
  return method === "GET" ? who.get(path) : who.post(path, FORMS[route] ?? {});
}

/** Another clinic, with a row of each kind that a page may ask for. */
async function fullClinic(): Promise<Clinic> {
  const clinic = await addLine(desk, "+12025550177", staffedBy("clinic_lead"));
  await clinic.pushVisits([PLANTED, { patientName: "CANARYBIRD SILENT", phone: null, phoneProblem: "none" }]);
  await clinic.db.run(sql`INSERT INTO message_templates (key, version, locale, channel, body, created_at)
    VALUES ('reminder', 1, 'en', 'sms', 'Sample Clinic: you have a visit with us soon.', 1)`);
  expect((await saveNudge(desk, clinic, reminder({ code: "only-theirs" }))).status).toBe(201);
  await clinic.until("delivered", "skipped");
  await clinic.text(PLANTED.phone, "Please do not text me any more");
  await clinic.db.batch([
    clinic.db.run(sql`INSERT INTO pauses (id, reason, by, created_at) VALUES ('pse_1', 'x', 'x', 1)`),
    clinic.db.run(sql`INSERT INTO consents (id, address_key, channel, purpose, wording, source, at, ended_at)
      VALUES ('cst_1', 'k', 'sms', 'care', 'x', 'staff', 1, 2)`),
    clinic.db.run(sql`INSERT INTO imports (id, source, status, scope, snapshot_at, started_at)
      VALUES ('imp_1', 'concrete', 'applied', '{}', 1, 1)`),
    clinic.db.run(sql`INSERT INTO schedules (id, kind, local_times, time_zone, next_run_at, silent_after_hours)
      VALUES ('sch_theirs', 'scrape', '[]', 'UTC', 100000000000000, 26)`),
    clinic.db.run(sql`INSERT INTO media_buys (id, nudge_id, step_id, slot_starts_at, name, vendor, channel, currency, created_at, updated_at)
      SELECT 'mby_theirs', nudge_id, id, 1, 'CANARYBIRD', 'x', 'print', 'USD', 1, 1 FROM steps LIMIT 1`),
    clinic.db.run(sql`INSERT INTO export_files (id, kind, subject_id, name, row_count, byte_count, sha256, part_count, created_at)
      VALUES ('exf_theirs', 'mailing', 'mby_theirs', 'x', 1, 1, 'x', 1, 1)`),
    clinic.db.run(sql`INSERT INTO deliveries (id, file_id, target, status, created_at, updated_at)
      VALUES ('dlv_theirs', 'exf_theirs', 'printer', 'arrived', 1, 1)`),
  ]);
  return clinic;
}

/** One id of every kind of row that the clinic has, and the short name of a nudge. */
async function idsAt({ db }: Clinic): Promise<string[]> {
  const tables = await db.all<{ name: string }>(sql`SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p
    WHERE m.type = 'table' AND p.name = 'id' AND p.type = 'TEXT'`);
  const newest = tables.map(({ name }) => sql`SELECT max(id) AS id FROM ${sql.identifier(name)}`);
  const rows = await db.all<{ id: string | null }>(sql.join(newest, sql` UNION ALL `));
  const [nudge] = await db.all<{ code: string }>(sql`SELECT max(code) AS code FROM nudges`);
  return [...rows.map(({ id }) => id), nudge?.code ?? null].filter((id) => id !== null);
}

/** Those that our own clinic does not have as well, as it may have a nudge of the same name. */
async function foreignIds(): Promise<string[]> {
  const [foreign, own] = await Promise.all([idsAt(theirs), idsAt(ours)]);
  return foreign.filter((id) => !own.includes(id));
}

async function missesAt({ db }: Clinic): Promise<number> {
  const [row] = await db.all<{ n: number }>(sql`SELECT count(*) AS n FROM audit WHERE action LIKE '%.missed'`);
  return row?.n ?? 0;
}

/** All that staff could have changed there, as it stands. */
async function dumpOf({ db }: Clinic): Promise<unknown> {
  const tables = [
    "patients",
    "touches",
    "opt_outs",
    "consents",
    "pauses",
    "nudges",
    "imports",
    "snapshots",
    "alarms",
    "media_buys",
  ];
  return Promise.all(tables.map((name) => db.all(sql`SELECT * FROM ${sql.identifier(name)}`)));
}
