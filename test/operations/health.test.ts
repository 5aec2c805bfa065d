import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tenants } from "../../db/schema/directory.ts";
import { type Desk, eventually, startDesk } from "../harness.ts";
import { seenVisit, todayIn } from "../visits.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${desk.edge.url}${path}`, { headers });
const metrics = async () =>
  (await get("/metrics", { authorization: `Bearer ${desk.edge.settings.METRICS_TOKEN}` })).text();

test("the desk is up before it has a store, and ready once the store takes writes", async () => {
  expect((await get("/healthz")).status).toBe(200);
  expect((await get("/readyz")).status).toBe(503);
  await desk.addTenant();
  const ready = await get("/readyz");
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, checks: { store: "ok", spool: "ok" } }]);
});

test("a store that is frozen or gone makes the desk not ready within five seconds, and its return makes it ready", async () => {
  await desk.addTenant();
  desk.sqld.pause();
  // What was written just before is trusted for a moment.
  await eventually(async () => (await get("/readyz")).status === 503);
  const began = performance.now();
  const frozen = await get("/readyz");
  expect(await frozen.json()).toEqual({ ready: false, checks: { store: "failed", spool: "ok" } });
  expect(frozen.headers.get("retry-after")).toBe("5");
  expect(performance.now() - began).toBeLessThan(5_000);
  expect((await get("/healthz")).status).toBe(200);
  desk.sqld.resume();
  await eventually(async () => (await get("/readyz")).status === 200);
});

test("metrics are given to the bearer of the token only", async () => {
  const token = desk.edge.settings.METRICS_TOKEN ?? "";
  for (const authorization of ["", "Bearer", `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${token}`, token]) {
    expect((await get("/metrics", authorization ? { authorization } : {})).status).toBe(401);
  }
});

test("metrics tell per tenant what is due, parked, in doubt, how old the data is and which alarms are open", async () => {
  const clinic = await desk.addTenant();
  // Paused, so that the run which planned the text does not go on to send it, or to put it off to the morning.
  await clinic.db.run(sql`INSERT INTO pauses (id, reason, by, created_at) VALUES ('pse_1', 'paused', 'test', 1)`);
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550121" })]);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM touches`)).length === 1);
  await clinic.db.run(sql`UPDATE snapshots SET finished_at = finished_at - 7200000`);
  await clinic.db.run(sql`UPDATE touches SET due_at = ${Date.now() - 90_000}`);
  await clinic.db.run(sql`INSERT INTO alarms (id, code, subject, detail, raised_at, last_seen_at)
    VALUES ('alm_1', 'run_failed', 'scrape', '{}', 1, 1), ('alm_2', 'run_late', 'scrape', '{}', 1, 1)`);
  const text = await metrics();
  const of = (name: string) =>
    Number(new RegExp(`^hearback_${name}\\{tenant="${clinic.slug}"\\} (.+)$`, "m").exec(text)?.[1]);
  expect(of("tenant_up")).toBe(1);
  expect(of("touches_due")).toBe(1);
  expect(of("oldest_due_age_seconds")).toBeCloseTo(90, -1);
  expect(of("touches_parked")).toBe(0);
  expect(of("touches_unknown")).toBe(0);
  expect(of("data_age_seconds")).toBeCloseTo(7200, -2);
  expect(of("alarms_open")).toBe(2);
  expect(of("attempts_total")).toBe(0);
  expect(of("audit_events_total")).toBeGreaterThan(1);
  expect(text).toMatch(/^hearback_spooled_answers 0$/m);
  expect(text).toMatch(/^# TYPE hearback_attempts_total counter$/m);
});

test("a clinic whose settings are not read is down in the metrics, and hides nobody else's", async () => {
  const [broken, sound] = [await desk.addTenant(), await desk.addTenant()];
  await desk.directory.update(tenants).set({ settings: "{}" }).where(eq(tenants.slug, broken.slug));
  const text = await metrics();
  expect(text).toContain(`hearback_tenant_up{tenant="${broken.slug}"} 0\n`);
  expect(text).toContain(`hearback_tenant_up{tenant="${sound.slug}"} 1\n`);
});
