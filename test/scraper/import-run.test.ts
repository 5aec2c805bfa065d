import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readConcrete } from "../../scraper/concrete/read-concrete.ts";
import { RECORDED_WSDL } from "../../scraper/concrete/read-wsdl.ts";
import { createLog } from "../../scraper/log.ts";
import { exitCode, scrapeOnce, takeJob } from "../../scraper/take-job.ts";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { inventPractice } from "../sandbox/concrete/practice.ts";
import { type Concrete, startConcrete } from "../sandbox/concrete/start.ts";
import { edgeClient } from "./scrape-command.ts";

const account = { username: "hearback", password: "pass-9f2c" };
const today = Temporal.Now.plainDateISO("UTC").toString();
let desk: Desk;
let concrete: Concrete;
beforeAll(async () => {
  desk = await startDesk();
  concrete = await startConcrete({ account, today, practice: inventPractice(today, 1_300) });
});
beforeEach(() => concrete.fail());
afterAll(async () => {
  await concrete?.close();
  await desk?.close();
});

/** The statuses as the practice words them. */
const settings = {
  schedule: { statuses: { "not confirmed": "pending", confirmed: "booked", completed: "fulfilled" } },
} as const;

/** A clinic's own container does the import that waits: over SOAP there, signed and in chunks here. */
async function importInto(clinic: Clinic, options: { password?: string; callMs?: number; url?: string } = {}) {
  const { password = account.password, callMs = 20_000, url = concrete.url } = options;
  const id = `job_${randomUUID()}`;
  await clinic.db.run(sql`INSERT INTO jobs (id, kind, dedupe_key, run_id, arguments, status, run_after_at, created_at)
    VALUES (${id}, 'import', ${id}, ${randomUUID()}, ${JSON.stringify({ source: "concrete" })}, 'waiting', 0, ${Date.now()})`);
  const limits = { callMs, pageSize: 250 };
  const read = readConcrete({ url, username: account.username, password, wsdl: RECORDED_WSDL, limits });
  const log = createLog({ write: () => {} });
  return takeJob({ edge: edgeClient(desk.edge.url, clinic), sources: { concrete: read }, log });
}

const count = async (clinic: Clinic, table: string) => {
  const [row] = await clinic.db.all<{ n: number }>(sql`SELECT count(*) AS n FROM ${sql.identifier(table)}`);
  return row?.n;
};
const stored = (clinic: Clinic) =>
  Promise.all(["patients", "appointments", "products", "purchases"].map((table) => count(clinic, table)));
const importsOf = (clinic: Clinic) =>
  clinic.db.all<{ status: string; code: string | null }>(
    sql`SELECT status, error_code AS code FROM imports ORDER BY started_at`,
  );

test("what the practice shows over SOAP stands in the clinic's own tables; read again, nothing changes", async () => {
  const clinic = await desk.addTenant({ settings });
  const first = await importInto(clinic);
  expect(first).toMatchObject({ status: "succeeded", counts: { rows: 3_902, staged: 3_902, rejected: 0 } });
  await settled(clinic);
  expect(await stored(clinic)).toEqual([1_300, 1_300, 2, 1_300]);
  const before = await count(clinic, "change_log");
  const again = await importInto(clinic);
  expect(again).toMatchObject({ status: "succeeded", counts: { rows: 3_902, staged: 0, unchanged: 3_902 } });
  await settled(clinic);
  expect(await importsOf(clinic)).toMatchObject([{ status: "applied" }, { status: "applied" }]);
  expect(await count(clinic, "change_log")).toBe(before);
});

/** A large import is applied by the clock's next minutes. */
async function settled(clinic: Clinic): Promise<void> {
  await eventually(async () => {
    const isOpen = (await importsOf(clinic)).some(({ status }) => status === "staged");
    if (isOpen) await desk.strike(clinic);
    return !isOpen;
  });
}

test("a rejected login and a page that fails write nothing to the clinic's tables: both fail by their code, and what was staged stays [NUDGE-20]", async () => {
  const clinic = await desk.addTenant({ settings });
  expect(await importInto(clinic, { password: "wrong" })).toMatchObject({ status: "failed", error: { code: "login" } });
  expect(await count(clinic, "staged_rows")).toBe(0);
  concrete.fail({ at: "ListCustomers", call: 3, does: "fault" });
  expect(await importInto(clinic)).toMatchObject({ status: "failed", error: { code: "fault" } });
  expect(await importsOf(clinic)).toEqual([
    { status: "failed", code: "login" },
    { status: "failed", code: "fault" },
  ]);
  expect(await count(clinic, "staged_rows")).toBe(500);
  expect(await stored(clinic)).toEqual([0, 0, 0, 0]);
  const jobs = await clinic.db.all(sql`SELECT status, error_code AS code FROM jobs ORDER BY created_at`);
  expect(jobs).toEqual([
    { status: "failed", code: "login" },
    { status: "failed", code: "fault" },
  ]);
  // Each failure is told once, though both the reading and the job say it.
  const alarms = await clinic.db.all(sql`SELECT code, subject, seen_count AS seen FROM alarms`);
  expect(alarms).toEqual([{ code: "run_failed", subject: "concrete", seen: 2 }]);
});

test("a container for imports only that finds nothing due asks for an import of its source and does it", async () => {
  const clinic = await desk.addTenant({ settings });
  const read = readConcrete({
    url: concrete.url,
    ...account,
    wsdl: RECORDED_WSDL,
    limits: { callMs: 20_000, pageSize: 250 },
  });
  const deps = {
    edge: edgeClient(desk.edge.url, clinic),
    sources: { concrete: read },
    log: createLog({ write: () => {} }),
  };
  expect(await scrapeOnce(deps)).toMatchObject({ status: "succeeded", counts: { rows: 3_902 } });
});

test("of two sources one fails: the other is imported all the same, and the exit code says that some failed", async () => {
  const clinic = await desk.addTenant({ settings });
  const limits = { callMs: 20_000, pageSize: 250 };
  const read = readConcrete({ url: concrete.url, ...account, wsdl: RECORDED_WSDL, limits });
  const refused = readConcrete({ url: concrete.url, ...account, password: "wrong", wsdl: RECORDED_WSDL, limits });
  const log = createLog({ write: () => {} });
  for (const sources of [
    { broken: refused, concrete: read },
    { concrete: read, broken: refused },
  ]) {
    const taken = await scrapeOnce({ edge: edgeClient(desk.edge.url, clinic), sources, log });
    expect([taken.status, exitCode(taken)]).toEqual(["partly", 2]);
  }
}, 60_000);

test("bcb's service hangs: bcb ends as timeout, and mhc's import is through long before [NUDGE-18]", async () => {
  const [bcb, mhc] = [await desk.addTenant({ settings }), await desk.addTenant({ settings })];
  const other = await startConcrete({ account, today });
  concrete.fail({ at: "ListAppointments", does: "hang" });
  let isHanging = true;
  const hanging = importInto(bcb, { callMs: 6_000 }).finally(() => {
    isHanging = false;
  });
  expect(await importInto(mhc, { url: other.url })).toMatchObject({ status: "succeeded" });
  expect(isHanging).toBe(true);
  await other.close();
  expect(await stored(mhc)).toEqual([12, 12, 2, 12]);
  expect(await hanging).toMatchObject({ status: "failed", error: { code: "timeout" } });
  expect(await stored(bcb)).toEqual([0, 0, 0, 0]);
  expect(await importsOf(bcb)).toEqual([{ status: "failed", code: "timeout" }]);
});

test("a container takes imports only from sources that it can read", async () => {
  const clinic = await desk.addTenant({ settings });
  await clinic.db.run(sql`INSERT INTO jobs (id, kind, dedupe_key, run_id, arguments, status, run_after_at, created_at)
    VALUES ('job_sycle', 'import', 'sycle', ${randomUUID()}, '{"source":"sycle"}', 'waiting', 0, 0)`);
  expect(await importInto(clinic)).toMatchObject({ status: "succeeded" });
  const [job] = await clinic.db.all(sql`SELECT status, attempts FROM jobs WHERE id = 'job_sycle'`);
  expect(job).toEqual({ status: "waiting", attempts: 0 });
});
