import { randomBytes, randomUUID } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readReply } from "../../edge/sources/refresh/read-reply.ts";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { booking, person, pushImport } from "../imports.ts";
import { type Sqs, startSqs } from "../sandbox/sqs/start.ts";

const REQUESTS = "refresh-requests.fifo";
const REPLIES = "refresh-replies.fifo";
const MINUTE = 60_000;
const keys = { accessKeyId: "AKIDTEST", secretAccessKey: randomBytes(24).toString("base64") };
let sqs: Sqs;
let desk: Desk;
let mhc: Clinic;
let ssm: Clinic;

beforeAll(async () => {
  sqs = await startSqs(keys);
  desk = await startDesk({
    REFRESH_REQUESTS_URL: sqs.queueUrl(REQUESTS),
    REFRESH_REPLIES_URL: sqs.queueUrl(REPLIES),
    SQS_REGION: "us-west-2",
    SQS_ACCESS_KEY_ID: keys.accessKeyId,
    SQS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  });
});
beforeEach(async () => {
  // A clinic of its own for each test, and queues that the test before it left empty.
  await drain();
  const id = randomUUID().slice(0, 6);
  const refresh = (database: string) => ({ source: "sycle", database, credentialRef: `sycle/${database}#1` });
  mhc = await desk.addTenant({ slug: `mhc-${id}`, settings: { refresh: refresh("sycle_1386_ahcoa") } });
  ssm = await desk.addTenant({ slug: `ssm-${id}`, settings: { refresh: refresh("sycle_3347_ssm") } });
});
afterAll(async () => {
  await desk?.close();
  await sqs?.close();
});

type Request = { ky: string; nn: string; attempt: number; [field: string]: unknown };

/** The program at the clinics' side, as far as the queue sees it. */
const aws = new AwsClient({ ...keys, region: "us-west-2", service: "sqs", retries: 0 });
async function call(action: string, queue: string, content: object): Promise<Record<string, unknown>> {
  const url = sqs.queueUrl(queue);
  const answer = await aws.fetch(new URL("/", url).href, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
    body: JSON.stringify({ QueueUrl: url, ...content }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}
type Messages = { Messages?: { Body: string; ReceiptHandle: string }[] };
async function takeFrom(queue: string): Promise<string[]> {
  const { Messages = [] } = (await call("ReceiveMessage", queue, { MaxNumberOfMessages: 1 })) as Messages;
  for (const { ReceiptHandle } of Messages) await call("DeleteMessage", queue, { ReceiptHandle });
  return Messages.map(({ Body }) => Body);
}
async function drain(): Promise<void> {
  for (const queue of [REQUESTS, REPLIES]) while ((await takeFrom(queue)).length > 0);
}
const takeRequest = async () => {
  const body = await eventually(async () => (await takeFrom(REQUESTS))[0]);
  return JSON.parse(body) as Request;
};
const reply = (to: { nn: string; ky: string; attempt: number }, changes: object = {}) => {
  const { nn, ky, attempt } = to;
  const counts = { patients: 2, appointments: 1, purchases: 0 };
  const body = { v: 2, nn, ky, attempt, status: "done", snapshot_at: new Date().toISOString(), counts, ...changes };
  return sendReply(body, nn);
};
const sendReply = (body: object, group: string) =>
  call("SendMessage", REPLIES, {
    MessageBody: JSON.stringify(body),
    MessageGroupId: group,
    MessageDeduplicationId: randomUUID(),
  });

/** A slot of the schedule has come: an import of Sycle waits. */
async function want(clinic: Clinic): Promise<string> {
  const id = `job_${randomUUID()}`;
  await clinic.db.run(sql`INSERT INTO jobs (id, kind, dedupe_key, run_id, arguments, status, run_after_at, created_at)
    VALUES (${id}, 'import', ${id}, ${randomUUID()}, ${JSON.stringify({ source: "sycle" })}, 'waiting', ${Date.now()}, ${Date.now()})`);
  await desk.strike(clinic);
  return id;
}
type Job = { status: string; attempts: number; counts: string | null; code: string | null; runAfterAt: number };
async function jobOf(clinic: Clinic, id: string): Promise<Job> {
  const [job] = await clinic.db.all<Job>(sql`SELECT status, attempts, counts, error_code AS code,
    run_after_at AS runAfterAt FROM jobs WHERE id = ${id}`);
  if (!job) throw new Error("no such job");
  return job;
}
const becomes = (clinic: Clinic, id: string, status: string) =>
  eventually(async () => {
    const job = await jobOf(clinic, id);
    return job.status === status && job;
  });
/** All that a clinic's database says of messages that nobody could handle. */
const deadLetters = (clinic: Clinic) =>
  clinic.db.all<{ reason: string }>(sql`SELECT error AS reason FROM inbound_messages WHERE status = 'rejected'`);
const noReplyLeft = () => eventually(async () => sqs.messages(REPLIES).length === 0);

test("a request goes out without a password, its reply ends it, its counts are kept, and nobody waited [NUDGE-26]", async () => {
  const before = Date.now();
  const id = await want(mhc);
  const request = await takeRequest();
  expect(request).toEqual({
    v: 2,
    nn: mhc.slug,
    db: "sycle_1386_ahcoa",
    ky: id,
    attempt: 1,
    credential_ref: "sycle/sycle_1386_ahcoa#1",
    reply_to: sqs.queueUrl(REPLIES),
    time_zone: "UTC",
    sent_at: expect.any(String),
    deadline_at: expect.any(String),
  });
  const [sentAt, deadlineAt] = [request.sent_at, request.deadline_at].map((text) => Date.parse(String(text)));
  expect(sentAt).toBeGreaterThanOrEqual(before);
  expect((deadlineAt ?? 0) - (sentAt ?? 0)).toBe(15 * MINUTE);
  await pushImport(mhc, { patient: [person(1)], appointment: [booking(1, "2030-03-01T10:00")] }, { source: "sycle" });
  await reply(request);
  await desk.edge.cron();
  const job = await becomes(mhc, id, "succeeded");
  expect(JSON.parse(job.counts ?? "")).toEqual({ patients: 2, appointments: 1, purchases: 0 });
  const runs = await mhc.db.all(
    sql`SELECT status FROM runs WHERE procedure_id = 'import' AND id = (SELECT run_id FROM jobs)`,
  );
  expect(runs).toEqual([{ status: "succeeded" }]);
  expect(await deadLetters(mhc)).toEqual([]);
});

test("a reply that comes twice counts once; for an unknown key or another clinic it is kept with a note and changes nothing [NUDGE-27]", async () => {
  const id = await want(mhc);
  const request = await takeRequest();
  await reply(request);
  await desk.edge.cron();
  await becomes(mhc, id, "succeeded");
  const audit = () => mhc.db.all(sql`SELECT action FROM audit WHERE entity_id = ${id} ORDER BY seq`);
  const settled = await audit();
  await reply(request);
  await reply({ ...request, ky: "job_nobody-asked" });
  await reply({ ...request, nn: ssm.slug });
  await desk.edge.cron();
  await noReplyLeft();
  expect(await audit()).toEqual(settled);
  expect(await deadLetters(mhc)).toEqual([{ reason: "unknown_key" }]);
  expect(await deadLetters(ssm)).toEqual([{ reason: "unknown_key" }]);
  const alarms = await ssm.db.all(sql`SELECT code, subject FROM alarms`);
  expect(alarms).toEqual([{ code: "message_not_handled", subject: "refresh" }]);
  expect(await ssm.db.all(sql`SELECT id FROM jobs`)).toEqual([]);
});

/** The fifteen minutes are over. */
async function runOut(clinic: Clinic): Promise<number> {
  const until = Date.now() - 1_000;
  await clinic.db.run(sql`UPDATE jobs SET lease_until = ${until} WHERE status = 'leased'`);
  await desk.strike(clinic);
  return until;
}
async function itIsTime(clinic: Clinic): Promise<void> {
  await clinic.db.run(sql`UPDATE jobs SET run_after_at = ${Date.now()} WHERE status = 'waiting'`);
  await desk.strike(clinic);
}

test("no reply in time: a second attempt two minutes later, a late reply of the first is superseded by what the second read [NUDGE-28]", async () => {
  const id = await want(mhc);
  const first = await takeRequest();
  const endedAt = await runOut(mhc);
  expect(await becomes(mhc, id, "waiting")).toMatchObject({ code: "timed_out", runAfterAt: endedAt + 2 * MINUTE });
  expect(sqs.messages(REQUESTS)).toEqual([]);
  await itIsTime(mhc);
  const second = await takeRequest();
  expect(second).toMatchObject({ ky: first.ky, attempt: 2 });
  const [read, readEarlier] = [Date.now(), Date.now() - 10 * MINUTE];
  await pushImport(mhc, { patient: [person(1)] }, { source: "sycle", snapshotAt: read });
  await reply(first, { snapshot_at: new Date(readEarlier).toISOString() });
  await desk.edge.cron();
  await noReplyLeft();
  expect((await jobOf(mhc, id)).status).toBe("leased");
  await reply(second, { snapshot_at: new Date(read).toISOString() });
  await desk.edge.cron();
  await becomes(mhc, id, "succeeded");
  const actions = await mhc.db.all<{ action: string }>(
    sql`SELECT action FROM audit WHERE entity_id = ${id} ORDER BY seq`,
  );
  expect(actions.map(({ action }) => action)).toEqual([
    "job.leased",
    "refresh.timed_out",
    "job.leased",
    "refresh.superseded",
    "job.succeeded",
  ]);
  expect(await deadLetters(mhc)).toEqual([]);
});

test("after three attempts without a reply the run fails with an alarm, and a reply that comes then is too late [NUDGE-28]", async () => {
  const id = await want(mhc);
  const first = await takeRequest();
  for (const pauseMinutes of [2, 10]) {
    const endedAt = await runOut(mhc);
    expect((await becomes(mhc, id, "waiting")).runAfterAt).toBe(endedAt + pauseMinutes * MINUTE);
    await itIsTime(mhc);
    await takeRequest();
  }
  await runOut(mhc);
  expect(await becomes(mhc, id, "failed")).toMatchObject({ attempts: 3, code: "timed_out" });
  expect(await mhc.db.all(sql`SELECT code, subject FROM alarms`)).toEqual([{ code: "run_failed", subject: "sycle" }]);
  await reply(first);
  await desk.edge.cron();
  await noReplyLeft();
  expect(await deadLetters(mhc)).toEqual([{ reason: "expired" }]);
  expect((await jobOf(mhc, id)).status).toBe("failed");
});

test("two clinics' requests are open at once, and replies in the other order each end their own [NUDGE-29]", async () => {
  const [one, other] = [await want(mhc), await want(ssm)];
  const requests = [await takeRequest(), await takeRequest()];
  expect(requests.map(({ ky }) => ky).sort()).toEqual([one, other].sort());
  const ofSsm = requests.find(({ nn }) => nn === ssm.slug);
  const ofMhc = requests.find(({ nn }) => nn === mhc.slug);
  if (!ofSsm || !ofMhc) throw new Error("a clinic was not asked");
  await reply(ofSsm, { counts: { patients: 7 } });
  await desk.edge.cron();
  expect(JSON.parse((await becomes(ssm, other, "succeeded")).counts ?? "")).toEqual({ patients: 7 });
  expect((await jobOf(mhc, one)).status).toBe("leased");
  await reply(ofMhc, { counts: { patients: 3 } });
  await desk.edge.cron();
  expect(JSON.parse((await becomes(mhc, one, "succeeded")).counts ?? "")).toEqual({ patients: 3 });
});

test("while a request is open no second one of the same clinic goes out", async () => {
  const first = await want(mhc);
  const request = await takeRequest();
  const second = await want(mhc);
  await desk.strike(mhc);
  await reply(request, { status: "failed", error: "database_gone" });
  await desk.edge.cron();
  expect(await becomes(mhc, first, "failed")).toMatchObject({ code: "database_gone" });
  expect(await takeRequest()).toMatchObject({ ky: second, attempt: 1 });
});

test("a queue that is out of order costs a minute and no attempt", async () => {
  sqs.fail("SendMessage");
  const id = await want(mhc);
  await eventually(async () => (await jobOf(mhc, id)).runAfterAt > Date.now() && true);
  sqs.fail(null);
  await itIsTime(mhc);
  expect(await takeRequest()).toMatchObject({ ky: id, attempt: 1 });
});

test("a message of version 1 with a password is refused and alarmed, and the password is nowhere afterwards [NUDGE-30]", async () => {
  const password = `pw-${randomUUID()}`;
  await want(mhc);
  const request = await takeRequest();
  expect(Object.keys(request)).not.toContain("pw");
  const v1 = { nn: mhc.slug, pt: 3306, db: "sycle_1386_ahcoa", un: "sync", pw: password, ky: request.ky };
  const { kept } = readReply(JSON.stringify(v1));
  expect(kept).toContain(request.ky);
  expect(kept).not.toContain(password);
  await sendReply(v1, mhc.slug);
  await sendReply({ ...v1, v: 2, nested: { pw: password } }, mhc.slug);
  await desk.edge.cron();
  await noReplyLeft();
  expect(await deadLetters(mhc)).toEqual([{ reason: "credentials" }, { reason: "credentials" }]);
  const alarms = await mhc.db.all(sql`SELECT code, seen_count AS seen FROM alarms`);
  expect(alarms).toEqual([{ code: "credentials_in_message", seen: 2 }]);
  expect((await jobOf(mhc, request.ky)).status).toBe("leased");
  const tables = await mhc.db.all<{ name: string }>(sql`SELECT name FROM sqlite_master WHERE type = 'table'`);
  const dump = [];
  for (const { name } of tables) dump.push(await mhc.db.all(sql`SELECT * FROM ${sql.identifier(name)}`));
  expect(JSON.stringify(dump)).not.toContain(password);
  expect(desk.edge.logs.join("\n")).not.toContain(password);
  expect(JSON.stringify([sqs.messages(REQUESTS), sqs.messages(REPLIES)])).not.toContain(password);
});
