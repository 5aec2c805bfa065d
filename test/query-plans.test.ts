import { createServer, type IncomingMessage } from "node:http";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { spentOfBuys } from "../edge/budget.ts";
import { writeMailedBuy } from "./console/media-buy-rows.ts";
import { type ConsoleDesk, signIn, startConsole } from "./console/sign-in.ts";
import { addMailingClinic, ask, bring, guest, theMailing } from "./delivery/mailing-line.ts";
import { pushVisits, reminder, saveNudge, visitIn } from "./engagement/nudge-line.ts";
import type { Clinic } from "./harness.ts";
import { eventually } from "./harness.ts";
import { post } from "./responses/survey-desk.ts";
import { openVisitLink, postForm, press } from "./responses/visit-desk.ts";
import { openAllDay, seenVisit, todayIn } from "./visits.ts";

/** Every statement that the Worker sent to the store, with the database it was for. */
const said = new Map<string, { database: string; sql: string }>();

/** Indexes that hold only what is open: reading one whole is cheap however long the past is. */
const SMALL_INDEX =
  /USING (COVERING )?INDEX (touches_due|touches_leased|touches_to_check|touches_parked|touches_unreached|attempts_to_price|appointments_to_plan|jobs_open|alarms_open|alarms_to_notify|opt_outs_live|runs_open|imports_open|inbound_messages_full|media_buy_recipients_address|patients_removed|media_buys_committed|media_buys_limited|deliveries_open|addresses_to_standardise)\b/;
/** Walks along the primary key and stops after a few rows; SQLite calls this a scan too. */
const FIRST_BY_KEY = /order by ("audit_chain"\."seq"|"media_buys"\."created_at") desc limit \?$/;
/** Tables that grow with the clinic's history. */
const GROWING =
  /^SCAN (touches|attempts|appointments|patients|contact_points|audit|audit_chain|invites|invite_links|responses|delivery_events|inbound_messages|snapshots|runs|opt_outs|change_log|jobs|used_request_ids|due|busy|open|other|started|own|earlier|passed|staged|imports|past|visit_links|visit_requests|link|asked|visit|media_buys|media_buy_recipients|addresses|home|person|export_files|export_parts|deliveries|job|purchases|bought|booked)\b/;

let desk: ConsoleDesk;
let clinic: Clinic;
let tap: Awaited<ReturnType<typeof startTap>>;
beforeAll(async () => {
  tap = await startTap();
  desk = await startConsole({ STORE_URL: tap.url });
  tap.to(desk.sqld.url);
  clinic = await desk.addTenant({ settings: { office: openAllDay, ask: { delayMinutes: 0 } } });
  // Making the database is done once; what it says then is no part of the main job.
  said.clear();
});
afterAll(async () => {
  await desk?.close();
  await tap?.close();
});

test("no statement of the main job, nor of a staff list of any page, reads a table that grows from end to end or skips rows by counting [L-7]", async () => {
  await wholeStory();
  expect(said.size).toBeGreaterThan(25);
  expect([...said.values()].filter(({ sql: statement }) => /\boffset\b/i.test(statement))).toEqual([]);
  expect(await badPlans(clinic)).toEqual([]);
});

test("no statement of a mailing's way, from its planning to a letter that comes back, reads such a table from end to end [L-7]", async () => {
  const printed = await addMailingClinic(desk);
  said.clear();
  await postStory(printed);
  expect(said.size).toBeGreaterThan(60);
  expect(await badPlans(printed)).toEqual([]);
});

test("what media buys have spent is read from their own messages, also inside the statement that hands over [L-7]", async () => {
  const plan = await clinic.db.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${spentOfBuys(["buy_1", "buy_2"])}`);
  const details = plan.map(({ detail }) => detail);
  expect(details).toContainEqual(expect.stringContaining("INDEX touches_media_buy"));
  expect(details.filter((detail) => GROWING.test(detail))).toEqual([]);
});

async function badPlans({ slug, db }: Clinic): Promise<string[]> {
  const bad: string[] = [];
  for (const { database, sql: statement } of said.values()) {
    if (database !== `tenant-${slug}` || /^\s*pragma/i.test(statement)) continue;
    // Placeholders need no values for a plan.
    const plan = await db.all<{ detail: string }>(sql.raw(`EXPLAIN QUERY PLAN ${statement.replaceAll("?", "NULL")}`));
    const scans = plan.filter(
      ({ detail }) => GROWING.test(detail) && !SMALL_INDEX.test(detail) && !FIRST_BY_KEY.test(statement),
    );
    if (scans.length > 0) bad.push(`${scans.map(({ detail }) => detail).join("; ")} ← ${statement.slice(0, 300)}`);
  }
  return bad;
}

/** A mailing's whole way: gathered, frozen, its file brought to the printer, posted, one letter back. */
async function postStory(printed: Clinic): Promise<void> {
  await bring(desk, printed, [guest(1), guest(2)]);
  const { id } = await theMailing(desk, printed);
  const change = (to: string, more: object = {}) => ask(desk, printed, "/media-buys/change", { id, to, ...more });
  await change("committed");
  type Leased = { lease: { jobId: string; leaseToken: string; arguments: { bytes: number; sha256: string } } | null };
  const lease = await eventually(async () => {
    await desk.strike(printed);
    const answer = await printed.send("/jobs/lease", { kinds: ["deliver"], worker: "test" });
    return ((await answer.json()) as Leased).lease;
  });
  const { jobId, leaseToken } = lease;
  const { bytes, sha256 } = lease.arguments;
  await printed.send("/exports/part", { jobId, leaseToken, part: 0 });
  await printed.send("/exports/step", { jobId, leaseToken, step: "renaming" });
  await printed.send("/exports/step", { jobId, leaseToken, step: "arrived", seen: { bytes, sha256 } });
  await printed.send(`/jobs/${jobId}/finish`, { leaseToken, status: "succeeded" });
  await eventually(async () => {
    await desk.strike(printed);
    return (await theMailing(desk, printed)).status === "in_production";
  });
  await change("mailed", { mailed: { mailOn: "2026-12-01", inHomeFromOn: "2026-12-03", inHomeToOn: "2026-12-07" } });
  const [piece] = await printed.db.all<{ reference: string }>(sql`SELECT reference FROM media_buy_recipients LIMIT 1`);
  await ask(desk, printed, "/media-buys/returned", { references: [piece?.reference], why: "refused" });
  await change("completed");
}

/** A visit's whole way, and the pages that show it. */
async function wholeStory(): Promise<void> {
  const visit = seenVisit({ phone: "+12025550133" });
  await clinic.push(todayIn(), [visit]);
  await clinic.push(todayIn(), [{ ...visit, status: "Checked in" }]);
  await clinic.push(todayIn(), [visit]);
  await desk.edge.cron();
  const link = await eventually(async () => /http\S+/.exec(desk.twilio.messages("+12025550133")[0]?.body ?? "")?.[0]);
  await desk.twilio.settled();
  await fetch(link);
  await post(link, { SatisfactionWithService: "Satisfied", ProceedWithMoreQuestions: "Yes" });
  await post(`${link}/more`, { StaffFriendlyAndWelcoming: "Yes" });
  // The first makes a job of the schedule, the second widens it.
  for (const hoursAgo of [2, 1]) {
    const due = Date.now() - hoursAgo * 3_600_000;
    await clinic.db.run(sql`UPDATE schedules SET next_run_at = ${due} WHERE kind = 'scrape'`);
    await desk.strike(clinic);
    await eventually(async () => {
      const rest = await clinic.db.all(sql`SELECT 1 FROM schedules WHERE kind = 'scrape' AND next_run_at = ${due}`);
      return rest.length === 0;
    });
  }
  await clinic.send("/jobs", { kind: "scrape" });
  const { lease } = (await (await clinic.send("/jobs/lease", { kinds: ["scrape"], worker: "test" })).json()) as {
    lease: { jobId: string; leaseToken: string };
  };
  await clinic.send(`/jobs/${lease.jobId}/heartbeat`, { leaseToken: lease.leaseToken });
  await clinic.send(`/jobs/${lease.jobId}/finish`, { leaseToken: lease.leaseToken, status: "succeeded" });
  await pushVisits(clinic, [visitIn(300, { phone: "+12025550134", patientName: "AHEAD TESTERLY" })]);
  const [ahead] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM appointments WHERE starts_at > ${Date.now()}`);
  const visitLink = await openVisitLink(desk, clinic, ahead?.id ?? "");
  expect((await press(visitLink)).status).toBe(303);
  expect((await press(visitLink, { wish: "soon", words: "any day" }, `${visitLink}/time`)).status).toBe(303);
  await clinic.db.run(sql`UPDATE visit_links SET expires_at = 1`);
  expect((await postForm(`${visitLink}/fresh`, {})).status).toBe(200);
  const member = await signIn(desk, "admin");
  const step = { channel: "sms", anchor: "appointment_start", offsetHours: -24, template: "survey-reminder" };
  await saveNudge(desk, clinic, reminder({ category: "care", steps: [step], monthlyBudgetMicros: 1_000_000 }));
  await clinic.db.run(sql`UPDATE nudges SET status = 'active'`);
  await clinic.db.run(sql`UPDATE attempts SET price_check_at = 0`);
  const buyId = await writeMailedBuy(clinic, { heads: 8 });
  const lists = [
    "media-buys",
    `media-buys?before=1700000000000.buy_${"0".repeat(32)}`,
    `media-buys/${buyId}`,
    "nudges",
    "nudges/reminder",
    "nudges/reminder/messages",
    "nudges/reminder/messages?show=failed",
    "calls",
    "calls?show=done",
  ];
  const further = [
    `nudges/reminder/messages?before=1700000000000.tch_${"0".repeat(32)}`,
    `calls?after=1700000000000.apt_${"0".repeat(32)}`,
  ];
  for (const page of ["today", "surveys", ...lists, ...further])
    expect((await member.get(`/t/${clinic.slug}/${page}`)).status).toBe(200);
  await desk.strike(clinic);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM attempts WHERE price_micros > 0`)).length > 0);
  await purgeOldVisit();
  await fetch(`${desk.edge.url}/readyz`);
}

/** As if the visit lay nine years back: the night's purge takes it, with all that hangs on it. */
async function purgeOldVisit(): Promise<void> {
  await clinic.db.run(sql`UPDATE appointments SET local_on = '2016-03-01', starts_at = 1456800000000`);
  await clinic.db.run(sql`UPDATE invites SET expires_at = 1`);
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = 1 WHERE kind = 'retention'`);
  await desk.strike(clinic);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM appointments`)).length === 0);
}

type Pipeline = { requests?: { stmt?: { sql: string }; batch?: { steps: { stmt: { sql: string } }[] } }[] };

/** Stands between the Worker and the store, and notes what is asked. */
async function startTap() {
  let target = "";
  const server = createServer(async (request, answer) => {
    const body = await bodyOf(request);
    const database = Buffer.from(String(request.headers["x-namespace-bin"] ?? ""), "base64").toString();
    note(database, body.toString());
    const headers = {
      "content-type": "application/json",
      "x-namespace-bin": String(request.headers["x-namespace-bin"] ?? ""),
    };
    const init = request.method === "GET" ? {} : { body: new Uint8Array(body) };
    const passed = await fetch(target + request.url, { method: request.method ?? "GET", headers, ...init });
    answer.writeHead(passed.status, { "content-type": passed.headers.get("content-type") ?? "application/json" });
    answer.end(Buffer.from(await passed.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    to: (url: string) => {
      target = url;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function note(database: string, body: string): void {
  const { requests = [] } = body.startsWith("{") ? (JSON.parse(body) as Pipeline) : {};
  const statements = requests.flatMap(({ stmt, batch }) => [
    ...(stmt ? [stmt.sql] : []),
    ...(batch?.steps ?? []).map((step) => step.stmt.sql),
  ]);
  for (const statement of statements) {
    if (statement && !/^(begin|commit|rollback)/i.test(statement))
      said.set(`${database} ${statement}`, { database, sql: statement });
  }
}
