import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextFor } from "../../edge/context.ts";
import { findTenant } from "../../edge/directory.ts";
import { type Env, EnvSchema } from "../../edge/env.ts";
import { purge } from "../../edge/operations/retention/purge.ts";
import { addLine, type Line, postAsTwilio } from "../clinic-line.ts";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { booking, inDays, person, pushImport, sale } from "../imports.ts";
import { post } from "../responses/survey-desk.ts";
import { seenVisit, todayIn } from "../visits.ts";
import { operate } from "./command.ts";

const DAY_MS = 86_400_000;
const YEARS_8 = 8 * 365 * DAY_MS;

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

/** Makes the nightly purge due and waits for its run. */
async function purgeNow(clinic: Clinic): Promise<Record<string, number>> {
  const runs = () =>
    clinic.db.all<{ id: string; status: string; counts: string }>(
      sql`SELECT id, status, counts FROM runs WHERE procedure_id = 'retention' AND status <> 'started'`,
    );
  const before = (await runs()).map(({ id }) => id);
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = 1 WHERE kind = 'retention'`);
  await desk.strike(clinic);
  const run = await eventually(async () => (await runs()).find(({ id }) => !before.includes(id)));
  expect(run.status).toBe("succeeded");
  return JSON.parse(run.counts);
}

/** Everything in the clinic's store as if it had been written so long ago. */
async function age(clinic: Clinic, ms: number): Promise<void> {
  const ago = new Date(Date.now() - ms).toISOString();
  for (const statement of [
    sql`UPDATE appointments SET starts_at = starts_at - ${ms}, local_on = ${ago.slice(0, 10)}, local_starts_at = ${ago.slice(0, 16)}`,
    sql`UPDATE invites SET expires_at = expires_at - ${ms}`,
    sql`UPDATE invite_links SET expires_at = expires_at - ${ms}`,
    sql`UPDATE attempts SET started_at = started_at - ${ms}`,
    sql`UPDATE delivery_events SET received_at = received_at - ${ms}`,
    sql`UPDATE inbound_messages SET received_at = received_at - ${ms}`,
    sql`UPDATE responses SET week_on = ${ago.slice(0, 10)}`,
    sql`UPDATE change_log SET at = at - ${ms}`,
    sql`UPDATE purchases SET purchased_at = purchased_at - ${ms}`,
  ]) {
    await clinic.db.run(statement);
  }
}

async function countOf(clinic: Clinic, table: string, where = "1"): Promise<number> {
  const [row] = await clinic.db.all<{ n: number }>(sql.raw(`SELECT count(*) AS n FROM ${table} WHERE ${where}`));
  return row?.n ?? -1;
}

/** A visit that was asked about, answered, and whose patient texted back. */
async function wholeVisit(number: string, phone: string): Promise<Line> {
  const clinic = await addLine(desk, number);
  await clinic.push(todayIn(), [seenVisit({ phone, status: "Confirmed" })]);
  await clinic.push(todayIn(), [seenVisit({ phone })]);
  await clinic.until("delivered");
  const link = /http\S+/.exec(clinic.said(phone)[0] ?? "")?.[0] ?? "";
  expect((await post(link, { ProceedWithMoreQuestions: "No" })).status).toBe(303);
  await clinic.text(phone, "STOP");
  return clinic;
}

test("each kind of record goes when its time is over, with one audit event a kind, and the audit still verifies", async () => {
  const phone = "+12025550141";
  const clinic = await wholeVisit("+12025550140", phone);
  const tables = ["patients", "contact_points", "appointments", "touches", "attempts", "delivery_events", "invites"];
  const all = [...tables, "invite_links", "responses", "change_log"];
  expect(await Promise.all(all.map((table) => countOf(clinic, table)))).not.toContain(0);
  expect(await purgeNow(clinic)).toEqual({});
  expect(await Promise.all(all.map((table) => countOf(clinic, table)))).not.toContain(0);

  await age(clinic, YEARS_8);
  await clinic.db.run(
    sql`INSERT INTO runs (id, procedure_id, status, started_at) VALUES ('old', 'tick', 'succeeded', 1)`,
  );
  const counts = await purgeNow(clinic);
  expect(counts).toMatchObject({ visits: 1, answers: 1, attempts: 1, rawMessages: 2, texts: 1, runs: 1 });
  expect(await Promise.all(all.map((table) => countOf(clinic, table)))).toEqual(all.map(() => 0));
  // Consents, opt-outs and the audit are kept.
  expect(await countOf(clinic, "opt_outs", "ended_at IS NULL")).toBe(1);
  const events = await clinic.db.all<{ kind: string; before: string }>(
    sql`SELECT entity_id AS kind, details ->> '$.before' AS before FROM audit WHERE action = 'retention.purged' ORDER BY kind`,
  );
  expect(events.map(({ kind }) => kind)).toEqual(["answers", "deliveries", "rawMessages", "runs", "texts", "visits"]);
  expect(events.every(({ before }) => Date.parse(before) < Date.now() - 29 * DAY_MS)).toBe(true);
  expect(await purgeNow(clinic)).toEqual({});
  await desk.strike(clinic);
  expect(await operate(desk, "audit", "verify", clinic.slug)).toMatchObject({ exit: 0, document: { broken: null } });
});

test("what is younger than its limit stays, kind by kind", async () => {
  const phone = "+12025550143";
  const clinic = await wholeVisit("+12025550142", phone);
  // Past the raw messages' thirty days, short of everything else's limit.
  await age(clinic, 170 * DAY_MS);
  expect(await purgeNow(clinic)).toEqual({ rawMessages: 2 });
  expect(await countOf(clinic, "attempts")).toBe(1);
  await age(clinic, 600 * DAY_MS);
  expect(Object.keys(await purgeNow(clinic)).sort()).toEqual(["attempts", "changes", "reports", "texts"]);
  // What keeps the same from being said again stays as long as its visit, without the number it went to.
  expect(await clinic.db.all(sql`SELECT status, address_key FROM touches`)).toEqual([
    { status: "delivered", address_key: null },
  ]);
  expect(await countOf(clinic, "responses")).toBe(1);
});

test("a visit with a message that may still leave, or an invite that may be answered, is not purged", async () => {
  const clinic = await addLine(desk, "+12025550144");
  await clinic.push(todayIn(), [
    seenVisit({ phone: "+12025550145" }),
    seenVisit({ phone: "+12025550146", patientName: "SAM SAMPLE" }),
    seenVisit({ phone: "+12025550147", patientName: "TAYLOR TESTMANN" }),
  ]);
  await clinic.until("delivered");
  await age(clinic, YEARS_8);
  const [parked, open] = await clinic.db.all<{ id: string }>(sql`SELECT appointment_id AS id FROM touches ORDER BY id`);
  await clinic.db.run(sql`UPDATE touches SET status = 'parked' WHERE appointment_id = ${parked?.id}`);
  await clinic.db.run(sql`UPDATE invites SET expires_at = ${Date.now() + DAY_MS} WHERE appointment_id = ${open?.id}`);
  expect(await purgeNow(clinic)).toMatchObject({ visits: 1 });
  const left = await clinic.db.all(sql`SELECT id FROM appointments ORDER BY id`);
  expect(left).toEqual([parked, open].sort((one, other) => ((one?.id ?? "") < (other?.id ?? "") ? -1 : 1)));
  expect(await countOf(clinic, "patients")).toBe(2);
  // The hand-over of the message that waits for a person is still there to be decided upon.
  expect(await countOf(clinic, "attempts", `touch_id IN (SELECT id FROM touches WHERE status = 'parked')`)).toBe(1);
});

test("a purged visit or purchase that its source still shows is not taken again, and nothing is said about it twice", async () => {
  const clinic = await addLine(desk, "+12025550148");
  const rows = {
    patient: [person(1), person(2)],
    appointment: [booking(1, "2017-03-01T10:00"), booking(2, inDays(3))],
    product: [],
    purchase: [sale(1, { purchasedAt: "2017-03-01T10:30" }), sale(2)],
  };
  await pushImport(clinic, rows);
  await desk.strike(clinic);
  await eventually(async () => (await countOf(clinic, "imports", "status = 'applied'")) === 1);
  expect(
    await clinic.db.all(sql`SELECT entity, source_id, reject_reason FROM staged_rows WHERE reject_reason IS NOT NULL`),
  ).toEqual([
    { entity: "appointment", source_id: "a1", reject_reason: "past_retention:startsAt" },
    { entity: "purchase", source_id: "s1", reject_reason: "past_retention:purchasedAt" },
  ]);
  expect([await countOf(clinic, "appointments"), await countOf(clinic, "purchases")]).toEqual([1, 1]);
});

test("a person whom a source shows stays when the last visit goes; one whom it removed goes a year later", async () => {
  const clinic = await addLine(desk, "+12025550149");
  await pushImport(clinic, {
    patient: [person(1), person(2)],
    appointment: [booking(1, inDays(3)), booking(2, inDays(3))],
  });
  await desk.strike(clinic);
  await eventually(async () => (await countOf(clinic, "appointments")) === 2);
  await age(clinic, YEARS_8);
  const removed = sql`SELECT entity_id FROM external_refs WHERE entity = 'patient' AND value = 'p2'`;
  await clinic.db.run(sql`UPDATE patients SET removed_at = ${Date.now() - 300 * DAY_MS} WHERE id = (${removed})`);
  expect(await purgeNow(clinic)).toMatchObject({ visits: 2 });
  expect(await countOf(clinic, "patients")).toBe(2);
  await clinic.db.run(sql`UPDATE patients SET removed_at = ${Date.now() - 400 * DAY_MS} WHERE id = (${removed})`);
  expect(await purgeNow(clinic)).toEqual({ people: 1 });
  expect(await clinic.db.all(sql`SELECT entity, value FROM external_refs`)).toEqual([
    { entity: "patient", value: "p1" },
  ]);
});

test("a START that was purged and is said once more by whoever caught it lifts no STOP", async () => {
  const phone = "+12025550151";
  const clinic = await addLine(desk, "+12025550150");
  const inbound = `${desk.edge.url}/t/${clinic.slug}/twilio/inbound`;
  const start = { MessageSid: "SMcaught", From: phone, To: clinic.number, Body: "START" };
  await postAsTwilio(desk, inbound, start);
  await clinic.text(phone, "STOP");
  await age(clinic, YEARS_8);
  expect(await purgeNow(clinic)).toMatchObject({ texts: 2 });
  expect(await countOf(clinic, "inbound_messages", "sealed <> ''")).toBe(0);
  expect((await postAsTwilio(desk, inbound, start)).status).toBe(200);
  expect(await countOf(clinic, "opt_outs", "ended_at IS NULL")).toBe(1);
});

test("a text that nobody has dealt with keeps its words", async () => {
  const clinic = await addLine(desk, "+12025550152");
  await clinic.text("+12025550153", "May I come an hour later?");
  await age(clinic, YEARS_8);
  expect(await purgeNow(clinic)).toEqual({});
  expect(await countOf(clinic, "inbound_messages", "sealed <> ''")).toBe(1);
});

test("more than one turn's worth is purged in small batches, and what time does not suffice for goes on in a minute", async () => {
  const clinic = await desk.addTenant();
  await clinic.db.run(sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    INSERT INTO runs (id, procedure_id, status, started_at) SELECT 'old' || i, 'tick', 'succeeded', i FROM n`);
  const opened = await findTenant(EnvSchema.parse(desk.edge.settings) as Env, { slug: clinic.slug }, { fresh: true });
  if (!opened) throw new Error("no such clinic");
  // A clock that goes ten seconds forward whenever it is asked.
  let time = Date.now();
  const now = () => {
    time += 10_000;
    return time;
  };
  const env = EnvSchema.parse(desk.edge.settings) as Env;
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = ${Date.now() + DAY_MS} WHERE kind = 'retention'`);
  await purge(contextFor(env, opened, { type: "system", job: "test" }, now));
  const [schedule] = await clinic.db.all<{ at: number }>(
    sql`SELECT next_run_at AS at FROM schedules WHERE kind = 'retention'`,
  );
  expect((schedule?.at ?? 0) - Date.now()).toBeLessThan(10 * 60_000);
  const counts = await purge(contextFor(env, opened, { type: "system", job: "test" }, Date.now));
  expect(counts.runs).toBe(1_200);
});

test.each([
  ["rawMessages", 6],
  ["rawMessages", 366],
  ["texts", 29],
  ["answers", 399],
  ["deliveries", 179],
  ["visits", 729],
  ["people", 29],
  ["audit", 100],
  ["optOuts", 100],
])("a limit for %s of %d days is refused and named", async (kind, days) => {
  const clinic = await desk.addTenant();
  const settings = { retention: { [kind]: days } };
  const answer = await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(await answer.json())).toContain("retention");
});

test("a clinic that is older than the nightly purge gets it with the migration", async () => {
  const clinic = await desk.addTenant();
  await clinic.db.run(sql`DELETE FROM schedules WHERE kind = 'retention'`);
  await operate(desk, "migrate");
  const [row] = await clinic.db.all(
    sql`SELECT local_times, time_zone, is_active FROM schedules WHERE kind = 'retention'`,
  );
  expect(row).toEqual({ local_times: '["02:40"]', time_zone: "America/New_York", is_active: 1 });
});
