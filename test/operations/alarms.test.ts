import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readEnv } from "../../edge/env.ts";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { sandboxSecrets } from "../sandbox/edge.ts";
import { type Mailbox, startMailbox } from "../sandbox/mailbox/start.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";

const SECRET = `whsec_${randomBytes(24).toString("base64")}`;
const AWS = { accessKeyId: "AKIAINVENTED", secretAccessKey: randomBytes(20).toString("hex") };
const HOUR_MS = 3_600_000;

let desk: Desk;
let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await startMailbox(AWS);
  desk = await startDesk({
    ALARM_WEBHOOK_URL: mailbox.hookUrl("alarms"),
    ALARM_WEBHOOK_SECRET: SECRET,
    ALARM_MAIL_TO: "lead@commonground.example,operator@commonground.example",
    ALARM_MAIL_FROM: "hearback@commonground.example",
    SES_REGION: "us-east-1",
    SES_ACCESS_KEY_ID: AWS.accessKeyId,
    SES_SECRET_ACCESS_KEY: AWS.secretAccessKey,
    SES_BASE_URL: mailbox.url,
  });
});
afterAll(async () => {
  await desk?.close();
  await mailbox?.close();
});

type News = { type: string; data: { tenant: string; alarms: { code: string; subject: string; detail: object }[] } };

/** What was posted about this clinic; each post's signature is checked for real. */
function posted({ slug }: Clinic): News[] {
  const calls = mailbox.hookCalls.filter(({ body }) => body.includes(slug));
  return calls.map(({ headers, body }) => new Webhook(SECRET).verify(body, headers) as News);
}

function mailed({ slug }: Clinic) {
  return mailbox.mails.filter(({ text }) => text?.includes(`/t/${slug}/`));
}

/** Makes the clinic's last reading (or its beginning, when there was none) this many hours old. */
async function lastReadHoursAgo(clinic: Clinic, hours: number): Promise<void> {
  await clinic.db.run(sql`UPDATE snapshots SET finished_at = ${Date.now() - hours * HOUR_MS}`);
}

async function failJob(clinic: Clinic): Promise<void> {
  await clinic.send("/jobs", { kind: "scrape" });
  const answer = await clinic.send("/jobs/lease", { kinds: ["scrape"], worker: "container-1" });
  const { lease } = (await answer.json()) as { lease: { jobId: string; leaseToken: string } };
  await clinic.send(`/jobs/${lease.jobId}/finish`, {
    leaseToken: lease.leaseToken,
    status: "failed",
    error: { code: "bad_credentials" },
  });
}

test("a reading that failed is told at once by signed webhook and by mail, and only once while it stays open", async () => {
  const clinic = await desk.addTenant();
  await failJob(clinic);
  await eventually(async () => posted(clinic).length > 0 && mailed(clinic).length > 0);
  await desk.strike(clinic);
  await failJob(clinic);
  const runs = sql`SELECT 1 FROM jobs WHERE status = 'failed'`;
  expect(await clinic.db.all(runs)).toHaveLength(2);
  await desk.strike(clinic);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM runs WHERE procedure_id = 'notify'`)).length > 0);
  expect(posted(clinic)).toMatchObject([
    {
      type: "alarms.open",
      data: {
        tenant: clinic.slug,
        alarms: [{ code: "run_failed", subject: "scrape", detail: { code: "bad_credentials", status: "failed" } }],
      },
    },
  ]);
  const [mail, ...more] = mailed(clinic);
  expect(more).toEqual([]);
  expect(mail).toMatchObject({
    to: ["lead@commonground.example", "operator@commonground.example"],
    from: "hearback@commonground.example",
    subject: "Hearback at Common Ground: an alarm is open",
  });
  expect(mail?.text).toContain("bad_credentials");
});

test("an alarm that is still open after a day is told again, an acknowledged one is not", async () => {
  const clinic = await desk.addTenant();
  await failJob(clinic);
  const toldTimes = (count: number) => async () => posted(clinic).length === count && mailed(clinic).length === count;
  await eventually(toldTimes(1));
  const aDayPasses = sql`UPDATE alarms SET posted_at = posted_at - ${24 * HOUR_MS}, mailed_at = mailed_at - ${24 * HOUR_MS}`;
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM alarms WHERE mailed_at > 0`)).length === 1);
  await clinic.db.run(aDayPasses);
  await desk.strike(clinic);
  await eventually(toldTimes(2));
  await eventually(
    async () => (await clinic.db.all(sql`SELECT 1 FROM alarms WHERE mailed_at > ${Date.now() - HOUR_MS}`)).length === 1,
  );
  await clinic.db.run(aDayPasses);
  await clinic.db.run(sql`UPDATE alarms SET acknowledged_at = ${Date.now()}`);
  const other = await desk.addTenant();
  await failJob(other);
  await desk.strike(clinic);
  await eventually(async () => posted(other).length === 1);
  expect(await toldTimes(2)()).toBe(true);
});

test("a way that fails is tried again at the next tick, and the other way does not repeat itself", async () => {
  const clinic = await desk.addTenant();
  mailbox.script("lead@commonground.example", "500", "accept");
  await failJob(clinic);
  await eventually(async () =>
    desk.edge.logs.some((line) => line.includes(clinic.slug) && line.includes("alarms not told")),
  );
  expect(mailed(clinic)).toEqual([]);
  await eventually(async () => {
    await desk.edge.cron();
    return mailed(clinic).length === 1;
  });
  expect(posted(clinic)).toHaveLength(1);
});

test("a source that was not read for its limit of hours raises one alarm, and none while it is read", async () => {
  const clinic = await desk.addTenant();
  await clinic.push(todayIn(), [seenVisit({ phone: null, phoneProblem: "none" })]);
  await lastReadHoursAgo(clinic, 25);
  await desk.strike(clinic);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM runs WHERE procedure_id = 'tick'`)).length > 0);
  const open = sql`SELECT code, subject, detail, seen_count FROM alarms`;
  expect(await clinic.db.all(open)).toEqual([]);
  await lastReadHoursAgo(clinic, 27);
  await desk.strike(clinic);
  await eventually(async () => posted(clinic).length === 1);
  await desk.strike(clinic);
  expect(await clinic.db.all(open)).toEqual([
    { code: "nothing_happened", subject: "practice-fusion", detail: '{"hours":27}', seen_count: 1 },
  ]);
});

test("work that no container fetches for half an hour raises an alarm", async () => {
  const clinic = await desk.addTenant();
  await clinic.db.run(sql`UPDATE schedules SET next_run_at = ${Date.now() - 31 * 60_000}`);
  await desk.strike(clinic);
  await eventually(async () => posted(clinic).length === 1);
  expect(posted(clinic)[0]?.data.alarms).toMatchObject([
    { code: "run_late", subject: "scrape", detail: { minutes: 31 } },
  ]);
});

test("a working day without a visit where there were some raises an alarm, a closed day and a Saturday do not", async () => {
  const closedOnThursday = { ...openAllDay, closedDays: ["2026-11-12"] };
  const clinic = await desk.addTenant({ settings: { office: closedOnThursday } });
  const visit = (on: string) => seenVisit({ startsAt: `${on}T10:00`, phone: null, phoneProblem: "none" });
  for (const on of ["2026-11-09", "2026-11-10", "2026-11-11"]) await clinic.push(on, [visit(on)]);
  for (const on of ["2026-11-12", "2026-11-13", "2026-11-14"]) await clinic.push(on, []);
  expect(await clinic.db.all(sql`SELECT code, subject, detail FROM alarms`)).toEqual([
    { code: "nothing_happened", subject: "practice-fusion 2026-11-13", detail: '{"rows":0,"usual":1}' },
  ]);
});

test("half a set of alarm settings is refused and names what is missing", () => {
  const complete = { ...sandboxSecrets(), PUBLIC_URL: "https://desk.example", STORE_URL: "http://127.0.0.1:1" };
  expect(readEnv(complete).ALARM_MAIL_TO).toBeUndefined();
  const half = { ...complete, ALARM_MAIL_TO: "lead@clinic.example", SES_REGION: "us-east-1" };
  expect(() => readEnv(half)).toThrow(/ALARM_MAIL_FROM, SES_ACCESS_KEY_ID, SES_SECRET_ACCESS_KEY$/);
  expect(() => readEnv({ ...complete, ALARM_WEBHOOK_SECRET: SECRET })).toThrow(/ALARM_WEBHOOK_URL$/);
});
