import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AwsClient } from "aws4fetch";
import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createLog } from "../../scraper/log.ts";
import { answerRequests } from "../../scraper/refresh/answer-requests.ts";
import { refreshFrom } from "../../scraper/refresh/clinics.ts";
import { connectQueues } from "../../scraper/refresh/queues.ts";
import { QueueFailure } from "../../scraper/sqs.ts";
import { mhcTenant } from "../../templates/tenants/mhc.ts";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { type Sqs, startSqs } from "../sandbox/sqs/start.ts";
import { type ClinicDatabase, startPostgres } from "../sandbox/sycle/postgres.ts";
import { insert, TABLES } from "../sandbox/sycle/practice.ts";

const PROGRAM = fileURLToPath(new URL("../../scraper/index.ts", import.meta.url));
const REQUESTS = "requests.fifo";
const REPLIES = "replies.fifo";
const keys = { accessKeyId: "AKIDTEST", secretAccessKey: randomBytes(24).toString("base64") };
const folder = mkdtempSync(join(tmpdir(), "hearback-refresh-"));
let clockOffMs = 0;
let sqs: Sqs;
let desk: Desk;
let database: ClinicDatabase;
let mhc: Clinic;

/** A visit tomorrow at this hour, at the office in Boulder. */
function tomorrow(): string {
  const at = Temporal.Now.zonedDateTimeISO("America/Denver").add({ hours: 23 }).round("minute");
  return at.toPlainDateTime().toString({ smallestUnit: "second" });
}

beforeAll(async () => {
  sqs = await startSqs({ ...keys, now: () => Date.now() + clockOffMs });
  database = await startPostgres(
    ...TABLES,
    insert("customer", {
      customer_id: 1,
      first_name: "Ada",
      last_name: "Sample",
      birth_date: "1951-04-09",
      mobile_phone: "(303) 555-0101",
      clinic_id: "BLD",
    }),
    insert("appointment", {
      appointment_id: 1,
      customer_id: 1,
      clinic_id: "BLD",
      appointment_type: "Hearing Test",
      status: "Confirmed",
      starts_at: tomorrow(),
      provider_name: "Dr. Reed",
    }),
  );
  desk = await startDesk(queueSettings());
});
beforeEach(async () => {
  mhc = await addClinic();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await desk?.close();
  await sqs?.close();
  await database?.close();
});

function queueSettings() {
  return {
    REFRESH_REQUESTS_URL: sqs.queueUrl(REQUESTS),
    REFRESH_REPLIES_URL: sqs.queueUrl(REPLIES),
    SQS_REGION: "us-west-2",
    SQS_ACCESS_KEY_ID: keys.accessKeyId,
    SQS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  };
}

const anyHour = { windowOpens: "00:00", windowCloses: "23:59" };
async function addClinic(): Promise<Clinic> {
  const { office, offices, schedule, schedules } = mhcTenant().settings;
  return desk.addTenant({
    slug: `mhc-${randomUUID().slice(0, 6)}`,
    settings: {
      office: { ...office, ...anyHour },
      offices: offices.map((each) => ({ ...each, ...anyHour })),
      schedule: { ...schedule, source: "sycle" },
      schedules: schedules.map((each) => ({ ...each })),
      refresh: { source: "sycle", database: "sycle_1386_ahcoa", credentialRef: "sycle/mhc#1" },
    },
  });
}

/** An import is asked for, and its request lies in the queue. */
async function ask(clinic: Clinic): Promise<string> {
  const answer = await clinic.send("/jobs", { kind: "import", source: "sycle" });
  const { jobId } = (await answer.json()) as { jobId: string };
  await eventually(async () => {
    await desk.strike(clinic);
    return sqs.messages(REQUESTS).some(({ body }) => body.includes(jobId));
  });
  return jobId;
}

/** The program's settings, for these clinics, whose databases lie at these addresses. */
function programSettings(...clinics: { clinic: Clinic; url?: string; ref?: string }[]): Record<string, string> {
  const file = join(folder, `${randomUUID()}.json`);
  const content = clinics.map(({ clinic, url = database.url, ref = "sycle/mhc#1" }) => ({
    tenant: clinic.slug,
    keyId: clinic.key.id,
    keySecret: clinic.key.secret,
    credentials: { [ref]: { database: "sycle_1386_ahcoa", url } },
  }));
  writeFileSync(file, JSON.stringify(content));
  return { ...queueSettings(), EDGE_URL: desk.edge.url, REFRESH_CLINICS: file };
}

/** The program in this process, until the queue is empty. */
async function run(env: Record<string, string>, signal = new AbortController().signal) {
  const lines: string[] = [];
  const settings = refreshFrom(env, { connectMs: 3_000, queryMs: 10_000, pageRows: 1_000 });
  const log = createLog({ write: (line) => void lines.push(line) });
  const outcomes = await answerRequests({ settings, queues: connectQueues(settings), log, signal }, { stays: false });
  return { outcomes: Object.fromEntries(outcomes), log: lines.join("\n") };
}

/** Somebody puts a message into the queue of requests. */
async function put(body: object | string): Promise<void> {
  const aws = new AwsClient({ ...keys, region: "us-west-2", service: "sqs", retries: 0 });
  const url = sqs.queueUrl(REQUESTS);
  const answer = await aws.fetch(new URL("/", url).href, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" },
    body: JSON.stringify({
      QueueUrl: url,
      MessageBody: typeof body === "string" ? body : JSON.stringify(body),
      MessageGroupId: randomUUID(),
      MessageDeduplicationId: randomUUID(),
    }),
  });
  expect(answer.status).toBe(200);
}
const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

type Job = { status: string; counts: string | null; code: string | null };
const jobOf = async (clinic: Clinic, id: string) => {
  const [job] = await clinic.db.all<Job>(sql`SELECT status, counts, error_code AS code FROM jobs WHERE id = ${id}`);
  return job;
};
const ends = (clinic: Clinic, id: string) =>
  eventually(async () => {
    await desk.edge.cron();
    const job = await jobOf(clinic, id);
    return job?.status !== "leased" && job?.status !== "waiting" && job;
  });
const imports = (clinic: Clinic) =>
  clinic.db.all<{ status: string }>(sql`SELECT status FROM imports ORDER BY started_at`);

test("request, reading, snapshot, reply, nudges: the program at the clinic's side refreshes a clinic, and its patient is reminded [NUDGE-26]", async () => {
  const { nudges, templates } = mhcTenant();
  const kit = { tenant: mhc.slug, templates, nudges: nudges.slice(0, 1) };
  expect((await operator(desk.edge, "/admin/v1/tenants/set", kit)).status).toBe(200);
  const id = await ask(mhc);
  const env = { PATH: process.env.PATH, ...programSettings({ clinic: mhc }) };
  const ended = await new Promise<{ code: number; out: string }>((resolve) => {
    execFile(process.execPath, [PROGRAM, "--requests"], { cwd: folder, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out: out + err }),
    );
  });
  expect([ended.code, ended.out]).toEqual([0, expect.stringContaining("procedure succeeded")]);
  expect(sqs.messages(REQUESTS)).toEqual([]);
  const job = await ends(mhc, id);
  expect(job).toMatchObject({ status: "succeeded", code: null });
  expect(JSON.parse(job.counts ?? "")).toEqual({ patients: 1, appointments: 1, products: 0, purchases: 0 });
  await eventually(async () => {
    await desk.strike(mhc);
    return desk.twilio.messages("+13035550101").length > 0;
  });
  expect(desk.twilio.messages("+13035550101")[0]?.body).toContain("Ada, see you");
  expect(await imports(mhc)).toEqual([{ status: "applied" }]);
  // Nothing of the login went anywhere.
  expect(JSON.stringify([ended.out, sqs.messages(REPLIES)])).not.toMatch(/postgres:|Ada|555/);
});

test("a program that dies after the reading and before the reply leaves the request, and doing it once more changes nothing", async () => {
  const id = await ask(mhc);
  const settings = programSettings({ clinic: mhc });
  sqs.fail("SendMessage");
  await expect(run(settings)).rejects.toThrow(QueueFailure);
  sqs.fail(null);
  expect(sqs.messages(REPLIES)).toEqual([]);
  expect((await run(settings)).outcomes).toEqual({});
  clockOffMs += 61_000;
  expect((await run(settings)).outcomes).toEqual({ done: 1 });
  expect(await ends(mhc, id)).toMatchObject({ status: "succeeded" });
  await eventually(async () => {
    await desk.strike(mhc);
    return (await imports(mhc)).every(({ status }) => status === "applied");
  });
  expect(await imports(mhc)).toHaveLength(2);
  expect(await mhc.db.all(sql`SELECT 1 FROM appointments`)).toHaveLength(1);
  expect(sqs.messages(REQUESTS)).toEqual([]);
});

test("a login that the program has not, for the clinic or the database, is answered as failed by its code and nothing is read", async () => {
  const id = await ask(mhc);
  const { outcomes, log } = await run(programSettings({ clinic: mhc, ref: "sycle/other#1" }));
  expect(outcomes).toEqual({ failed: 1 });
  expect(await ends(mhc, id)).toMatchObject({ status: "failed", code: "credential_unknown" });
  expect(log).toContain("credential_unknown");
  expect(await imports(mhc)).toEqual([]);
  const alarms = await mhc.db.all(sql`SELECT code, subject, seen_count AS seen FROM alarms`);
  expect(alarms).toEqual([{ code: "run_failed", subject: "sycle", seen: 1 }]);
});

test("a reading that breaks off is answered with its code, and told once", async () => {
  const id = await ask(mhc);
  const { outcomes } = await run(programSettings({ clinic: mhc, url: "postgres://a:b@127.0.0.1:9/none?tls=off" }));
  expect(outcomes).toEqual({ failed: 1 });
  expect(await ends(mhc, id)).toMatchObject({ status: "failed", code: "unavailable" });
  expect(await imports(mhc)).toEqual([{ status: "failed" }]);
  const alarms = await mhc.db.all(sql`SELECT code, subject, seen_count AS seen FROM alarms`);
  expect(alarms).toEqual([{ code: "run_failed", subject: "sycle", seen: 1 }]);
});

test("a request of version 1 with a password, one that is none, and one past its deadline are taken away, and the password is nowhere [NUDGE-30]", async () => {
  const password = `pw-${randomUUID()}`;
  const v1 = { nn: mhc.slug, pt: 3306, db: "sycle_1386_ahcoa", un: "sync", pw: password, ky: "12345678" };
  await put(v1);
  await put("no request");
  await put({
    ...{ v: 2, nn: mhc.slug, db: "sycle_1386_ahcoa", ky: "87654321", attempt: 1, credential_ref: "sycle/mhc#1" },
    ...{ reply_to: sqs.queueUrl(REPLIES), sent_at: at(-20), deadline_at: at(-5), time_zone: "UTC" },
  });
  const { outcomes, log } = await run(programSettings({ clinic: mhc }));
  expect(outcomes).toEqual({ refused: 2, expired: 1 });
  expect(sqs.messages(REQUESTS)).toEqual([]);
  const replies = sqs.messages(REPLIES).map(({ body }) => JSON.parse(body) as object);
  expect(replies).toEqual([
    { v: 2, nn: mhc.slug, ky: "12345678", attempt: 1, status: "failed", error: "credentials_in_message" },
  ]);
  await desk.edge.cron();
  await eventually(async () => sqs.messages(REPLIES).length === 0);
  expect(await mhc.db.all(sql`SELECT code FROM alarms`)).toEqual([{ code: "message_not_handled" }]);
  expect(log + desk.edge.logs.join("\n") + JSON.stringify(replies)).not.toContain(password);
});

test("a request in a zone that is none, one that may take for ever, and a bug that one meets end neither the program nor the others", async () => {
  const request = (ky: string, changes: object = {}) => ({
    ...{ v: 2, nn: mhc.slug, db: "sycle_1386_ahcoa", ky, attempt: 1, credential_ref: "sycle/mhc#1" },
    ...{ reply_to: sqs.queueUrl(REPLIES), sent_at: at(0), deadline_at: at(15), time_zone: "UTC", ...changes },
  });
  await put(request("zone-0001", { time_zone: "Mars/Phobos" }));
  await put(request("ages-0001", { deadline_at: "9999-12-31T00:00:00Z" }));
  expect((await run(programSettings({ clinic: mhc }))).outcomes).toEqual({ refused: 1, done: 1 });
  await put(request("bugs-0001"));
  const settings = refreshFrom(programSettings({ clinic: mhc }));
  const find = () => {
    throw new TypeError("a bug");
  };
  const clinics = settings.clinics.map((clinic) => ({ ...clinic, find }));
  const deps = { queues: connectQueues(settings), log: createLog({ write: () => {} }) };
  const signal = new AbortController().signal;
  const outcomes = await answerRequests({ ...deps, settings: { ...settings, clinics }, signal }, { stays: false });
  expect(Object.fromEntries(outcomes)).toEqual({ failed: 1 });
  expect(sqs.messages(REQUESTS)).toEqual([]);
  const errors = sqs.messages(REPLIES).map(({ body }) => (JSON.parse(body) as { error?: string }).error);
  expect(errors).toEqual(["malformed", undefined, "unexpected"]);
  await desk.edge.cron();
  await eventually(async () => sqs.messages(REPLIES).length === 0);
});

test("a clinic whose database hangs holds up no other, and its request goes back when the program is told to end [NUDGE-29]", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const other = await addClinic();
  const [hanging, quick] = [await ask(mhc), await ask(other)];
  const url = `postgres://a:b@127.0.0.1:${port}/none?tls=off`;
  const stop = new AbortController();
  const running = run(programSettings({ clinic: mhc, url }, { clinic: other }), stop.signal);
  expect(await ends(other, quick)).toMatchObject({ status: "succeeded" });
  expect(await jobOf(mhc, hanging)).toMatchObject({ status: "leased" });
  stop.abort();
  expect((await running).outcomes).toEqual({ done: 1, left: 1 });
  silent.close();
  // It is there at once for the program that comes after, and no failure was told.
  expect((await run(programSettings({ clinic: mhc }))).outcomes).toEqual({ done: 1 });
  expect(await ends(mhc, hanging)).toMatchObject({ status: "succeeded" });
  expect(await mhc.db.all(sql`SELECT code FROM alarms`)).toEqual([]);
});
