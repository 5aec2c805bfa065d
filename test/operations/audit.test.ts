import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { operate } from "./command.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

/** A clinic whose audit holds some events, all of them chained. */
async function auditedClinic(): Promise<{ clinic: Clinic; last: number }> {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  await clinic.push(todayIn(), [seenVisit({ phone: null, phoneProblem: "none" })]);
  await desk.strike(clinic);
  const last = await eventually(async () => {
    const [row] = await clinic.db.all<{ events: number; links: number }>(
      sql`SELECT (SELECT max(seq) FROM audit) AS events, (SELECT max(seq) FROM audit_chain) AS links`,
    );
    return row?.events === row?.links && row?.events;
  });
  expect(last).toBeGreaterThanOrEqual(4);
  return { clinic, last };
}

/** What somebody with the database file can do, but no code of ours does. */
async function tamper(clinic: Clinic, statement: ReturnType<typeof sql>): Promise<void> {
  await clinic.db.run(sql`DROP TRIGGER IF EXISTS audit_no_update`);
  await clinic.db.run(sql`DROP TRIGGER IF EXISTS audit_no_delete`);
  await clinic.db.run(statement);
}

async function verify({ slug }: Clinic): Promise<unknown> {
  return (await operator(desk.edge, "/admin/v1/audit/verify", { tenant: slug })).json();
}

test("the audit refuses every change and removal", async () => {
  const { clinic } = await auditedClinic();
  await expect(clinic.db.run(sql`UPDATE audit SET actor = 'nobody' WHERE seq = 1`)).rejects.toThrow();
  await expect(clinic.db.run(sql`DELETE FROM audit WHERE seq = 1`)).rejects.toThrow();
});

test("an audit that nobody touched verifies, also with events that are not chained yet", async () => {
  const { clinic, last } = await auditedClinic();
  expect(await verify(clinic)).toMatchObject({ checked: last, unchained: 0, broken: null });
  await clinic.db.run(sql`INSERT INTO audit (at, actor, action, entity_id, request_id) VALUES (1, 'a', 'b', 'c', 'd')`);
  expect(await verify(clinic)).toMatchObject({ checked: last + 1, unchained: 1, broken: null });
});

test("a row changed behind the desk's back is named, whatever column it was, and an alarm is raised [F-24]", async () => {
  const { clinic } = await auditedClinic();
  await tamper(clinic, sql`UPDATE audit SET details = '{}', actor = 'somebody' WHERE seq = 3`);
  expect(await verify(clinic)).toMatchObject({ broken: { seq: 3, problem: "changed" } });
  expect(await clinic.db.all(sql`SELECT code, detail FROM alarms`)).toEqual([
    { code: "audit_broken", detail: '{"seq":3,"problem":"changed"}' },
  ]);
});

test("a row taken out is named, and so is an end that was cut off together with its chain [F-24]", async () => {
  const middle = await auditedClinic();
  await tamper(middle.clinic, sql`DELETE FROM audit WHERE seq = 2`);
  expect(await verify(middle.clinic)).toMatchObject({ broken: { seq: 2, problem: "missing" } });
  const end = await auditedClinic();
  await tamper(end.clinic, sql`DELETE FROM audit WHERE seq >= ${end.last}`);
  await end.clinic.db.run(sql`DELETE FROM audit_chain WHERE seq >= ${end.last}`);
  expect(await verify(end.clinic)).toMatchObject({ broken: { seq: end.last, problem: "missing" } });
});

test("a changed row whose chain was made anew without the key is still named", async () => {
  const { clinic, last } = await auditedClinic();
  const [other] = await clinic.db.all<{ hash: string }>(sql`SELECT hash FROM audit_chain WHERE seq = 1`);
  await tamper(clinic, sql`UPDATE audit SET actor = 'somebody' WHERE seq = ${last}`);
  await clinic.db.run(sql`UPDATE audit_chain SET hash = ${other?.hash ?? ""} WHERE seq = ${last}`);
  expect(await verify(clinic)).toMatchObject({ broken: { seq: last, problem: "changed" } });
});

test("a long audit is chained and verified in pages, and the command line exits by what it found", async () => {
  const { clinic, last } = await auditedClinic();
  await clinic.db.run(sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO audit (at, actor, action, entity_id, request_id) SELECT i, 'a', 'b', 'c', 'd' FROM n`);
  await desk.strike(clinic);
  const whole = await operate(desk, "audit", "verify", clinic.slug);
  expect(whole).toMatchObject({ exit: 0, document: { checked: last + 2500, unchained: 0, broken: null } });
  await tamper(clinic, sql`UPDATE audit SET at = 0 WHERE seq = ${last + 2100}`);
  const broken = await operate(desk, "audit", "verify", clinic.slug);
  expect(broken).toMatchObject({ exit: 1, document: { broken: { seq: last + 2100, problem: "changed" } } });
});
