import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SnapshotChunk } from "../../edge/contract/appointments.ts";
import type { EdgeClient } from "../../scraper/edge-client.ts";
import { Limits } from "../../scraper/practice-fusion/settings.ts";
import { exitCode } from "../../scraper/take-job.ts";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { seedDay } from "../sandbox/practice-fusion/seed-day.ts";
import { startTcpProxy } from "../sandbox/proxy.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { edgeClient, edgeSettings, scrapeCommand } from "./scrape-command.ts";

const ZONE = "America/New_York";
const command = scrapeCommand();
let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const daysAgo = (days: number) => Temporal.PlainDate.from(todayIn()).subtract({ days }).toString();
const snapshotsOf = (clinic: Clinic) =>
  clinic.db.all(sql`SELECT on_day AS day, status, row_count AS rows FROM snapshots ORDER BY on_day`);
const countOf = async (clinic: Clinic, table: string) => {
  const [row] = await clinic.db.all<{ n: number }>(sql`SELECT count(*) AS n FROM ${sql.identifier(table)}`);
  return row?.n;
};

const logins = () => command.ehr.seen().attempts.filter(({ kind }) => kind === "login").length;

test("with a session that is still good no form is touched, rows are pushed, and the session is saved again [ASK-1]", async () => {
  const clinic = await desk.addTenant();
  await command.here(edgeClient(desk.edge.url, clinic), [daysAgo(2)]);
  const [saved, loginsBefore] = [command.savedSession(), logins()];
  const { taken } = await command.here(edgeClient(desk.edge.url, clinic), [daysAgo(1)]);
  expect(taken).toMatchObject({ status: "succeeded", counts: { rows: 24, created: 24 } });
  expect(logins()).toBe(loginsBefore);
  expect(command.savedSession()).not.toBe(saved);
});

test("a code that never comes ends the run as mfa_timeout: nothing is pushed and the exit code is 1 [ASK-8]", async () => {
  const clinic = await desk.addTenant();
  command.ehr.set({ expireSessions: true, switches: { codeNever: true } });
  const { taken } = await command.here(edgeClient(desk.edge.url, clinic), [daysAgo(1)], { mfaCodeMs: 3_000 });
  expect(taken).toMatchObject({ status: "failed", error: { code: "mfa_timeout" } });
  expect(exitCode(taken)).toBe(1);
  expect(await snapshotsOf(clinic)).toEqual([]);
  expect(Limits.parse({}).mfaCodeMs).toBe(90_000);
});

test("a session that dies in a run of five days is opened again: each day is pushed once [ASK-11]", async () => {
  const clinic = await desk.addTenant();
  const days = [5, 4, 3, 2, 1].map(daysAgo);
  await command.here(edgeClient(desk.edge.url, clinic), [daysAgo(6)]);
  const loginsBefore = logins();
  command.ehr.set({ switches: { expireAfter: command.ehr.seen().dateChanges + 2 } });
  const { edge, chunks } = recording(edgeClient(desk.edge.url, clinic));
  const { taken } = await command.here(edge, days);
  expect(taken).toMatchObject({ status: "succeeded", counts: { days: 5, created: 120 } });
  expect(chunks.map(({ on }) => on)).toEqual(days);
  expect(logins()).toBe(loginsBefore + 1);
});

test("a day that the page never reaches fails alone: the others are stored and the exit code is 2 [ASK-16]", async () => {
  const clinic = await desk.addTenant();
  command.ehr.set({ switches: { skippedDays: [daysAgo(2)] } });
  const range = ["--from", daysAgo(2), "--to", daysAgo(1)];
  const { exit, events } = await command.run(range, edgeSettings(desk.edge.url, clinic));
  expect(exit).toBe(2);
  expect(events.at(-1)).toMatchObject({ run_status: "partly", run_return_value: { days: 2, days_failed: 1 } });
  expect(await snapshotsOf(clinic)).toEqual([{ day: daysAgo(1), status: "applied", rows: 24 }]);
  const [job] = await clinic.db.all(sql`SELECT status, error_code AS code FROM jobs`);
  expect(job).toEqual({ status: "partly", code: "date_unreachable" });
});

test("an empty day is a success with no rows, and the edge knows that somebody looked [ASK-24]", async () => {
  const clinic = await desk.addTenant();
  command.ehr.set({ switches: { emptyDay: true } });
  const { taken } = await command.here(edgeClient(desk.edge.url, clinic), [daysAgo(1)]);
  expect(taken).toMatchObject({ status: "succeeded", counts: { days: 1, rows: 0 } });
  expect(await snapshotsOf(clinic)).toEqual([{ day: daysAgo(1), status: "applied", rows: 0 }]);
});

test("a backfill over a change of clocks stores the right instants, and visits that old are not texted [ASK-27]", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  const days = daysAroundClockChange();
  const { taken } = await command.here(edgeClient(desk.edge.url, clinic), days);
  expect(taken).toMatchObject({ status: "succeeded", counts: { days: 4, rows: 96, created: 96 } });
  const stored = await clinic.db.all<{ at: number }>(sql`SELECT starts_at AS at FROM appointments ORDER BY starts_at`);
  const expected = days.flatMap((day) =>
    seedDay(day).map(({ startsAt }) => Temporal.ZonedDateTime.from(`${day}T${startsAt}[${ZONE}]`).epochMilliseconds),
  );
  expect(stored.map(({ at }) => at)).toEqual(expected.sort((one, other) => one - other));
  const offsets = days.map((day) => Temporal.ZonedDateTime.from(`${day}T12:00[${ZONE}]`).offset);
  expect(new Set(offsets).size).toBe(2);
  await desk.edge.cron();
  await eventually(() => isPlanned(clinic));
  const ends = await clinic.db.all(sql`SELECT DISTINCT status, reason FROM touches`);
  expect(ends).toEqual([{ status: "skipped", reason: "too_old" }]);
  expect(await countOf(clinic, "attempts")).toBe(0);
});

test("a dry run of a backfill reads and counts, needs no edge, and changes nothing there [ASK-27]", async () => {
  const clinic = await desk.addTenant();
  const args = ["--from", daysAgo(2), "--to", daysAgo(1), "--dry-run"];
  const { exit, err, events } = await command.run(args, edgeSettings(desk.edge.url, clinic));
  expect([exit, err]).toEqual([0, ""]);
  expect(events.at(-1)).toMatchObject({
    run_status: "succeeded",
    run_return_value: { days: 2, days_failed: 0, rows: 48 },
  });
  for (const table of ["jobs", "runs", "snapshots", "appointments"]) expect(await countOf(clinic, table)).toBe(0);
});

test("a worker that stays does what is asked for, and ends when it is told to", async () => {
  const clinic = await desk.addTenant();
  await edgeClient(desk.edge.url, clinic).createJob([daysAgo(1)]);
  const worker = command.stay(edgeSettings(desk.edge.url, clinic));
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM jobs WHERE status = 'succeeded'`)).length > 0);
  worker.stop();
  expect((await worker.ended).exit).toBe(0);
  expect(await snapshotsOf(clinic)).toEqual([{ day: daysAgo(1), status: "applied", rows: 24 }]);
});

test("without settings nothing is done, and every missing one is named", async () => {
  const { exit, err } = await command.run([], { SESSION_STATE_KEY: "", PRACTICEFUSION_USERNAME: "" });
  expect(exit).toBe(1);
  expect(err).toBe("PRACTICEFUSION_USERNAME is missing; SESSION_STATE_KEY is missing\n");
});

test("two workers at once: one reads, the other leaves with exit code 0, and the EHR sees one of them [ASK-29]", async () => {
  const clinic = await desk.addTenant();
  command.ehr.set({ delays: { rowsMs: 1_000 } });
  const settings = edgeSettings(desk.edge.url, clinic);
  const loginsBefore = logins();
  const both = await Promise.all([command.run([], settings), command.run([], settings)]);
  expect(both.map(({ exit }) => exit)).toEqual([0, 0]);
  const left = both.filter(({ events }) => events.some(({ event }) => event === "another worker holds the lease"));
  expect(left.map(({ events }) => events.length)).toEqual([1]);
  expect(await snapshotsOf(clinic)).toEqual(
    [daysAgo(2), daysAgo(1), todayIn()].map((day) => ({ day, status: "applied", rows: 24 })),
  );
  expect(logins()).toBeLessThan(loginsBefore + 2);
});

test("a job whose worker died is done anew by the next one, although the page has changed since", async () => {
  const clinic = await desk.addTenant();
  const edge = edgeClient(desk.edge.url, clinic);
  await edge.createJob([daysAgo(1)]);
  const { lease } = await edge.lease(["scrape"], "the one that dies");
  if (!lease) throw new Error("no lease");
  const gone = seenVisit({ startsAt: `${daysAgo(1)}T07:00` });
  await edge.push({ runId: lease.runId, source: "practice-fusion", on: daysAgo(1), sequence: 0, rows: [gone] });
  await clinic.db.run(sql`UPDATE jobs SET lease_until = 1`);
  const { taken } = await command.here(edge);
  expect(taken).toMatchObject({ status: "succeeded", counts: { created: 24, removed: 1 } });
  const runs = await clinic.db.all(sql`SELECT status, error FROM runs WHERE procedure_id = 'scrape' ORDER BY status`);
  expect(runs).toEqual([
    { status: "failed", error: "lease_lost" },
    { status: "succeeded", error: null },
  ]);
});

test("an edge that is down during the push is waited for, and the same run pushed again creates nothing [ASK-30]", async () => {
  const clinic = await desk.addTenant();
  const line = await startTcpProxy(desk.edge.url);
  const pushes = /POST \/t\/[\w-]+\/api\/v1\/appointments/;
  const unheard = line.fault({ at: "request", does: "reset", request: pushes, times: 1 });
  // Taken by the edge, but the answer is lost: the hardest kind to say again.
  const unanswered = line.fault({ at: "reply", does: "reset", request: pushes, times: 1 });
  const { edge, chunks } = recording(edgeClient(line.url, clinic));
  const { taken } = await command.here(edge, [daysAgo(1)]);
  await Promise.all([unheard.hit, unanswered.hit]);
  await line.close();
  expect(taken).toMatchObject({ status: "succeeded", counts: { rows: 24, created: 24 } });

  const again = edgeClient(desk.edge.url, clinic);
  for (const chunk of chunks) {
    const { outcomes } = await again.push(chunk);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 24 }, () => "created"));
  }
  expect(await countOf(clinic, "appointments")).toBe(24);
  expect(await snapshotsOf(clinic)).toEqual([{ day: daysAgo(1), status: "applied", rows: 24 }]);
});

/** The day before the clocks last changed, that day, and the two after it; all long enough ago not to be texted. */
function daysAroundClockChange(): string[] {
  const weekAgo = Temporal.Now.zonedDateTimeISO(ZONE).subtract({ days: 7 });
  const change = weekAgo.getTimeZoneTransition("previous")?.toPlainDate();
  if (!change) throw new Error(`the clocks of ${ZONE} have never changed`);
  return [-1, 0, 1, 2].map((days) => change.add({ days }).toString());
}

async function isPlanned(clinic: Clinic): Promise<boolean> {
  const [row] = await clinic.db.all<{ n: number }>(
    sql`SELECT count(*) AS n FROM appointments WHERE needs_planning = 1`,
  );
  return row?.n === 0;
}

function recording(edge: EdgeClient): { edge: EdgeClient; chunks: SnapshotChunk[] } {
  const chunks: SnapshotChunk[] = [];
  const push: EdgeClient["push"] = (chunk) => {
    chunks.push(chunk);
    return edge.push(chunk);
  };
  return { edge: { ...edge, push }, chunks };
}
