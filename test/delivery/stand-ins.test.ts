import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addLine, type Line, postAsTwilio } from "../clinic-line.ts";
import { type ConsoleDesk, signIn, startConsole } from "../console/sign-in.ts";
import { reminder, saveNudge } from "../engagement/nudge-line.ts";
import { eventually, operator } from "../harness.ts";
import { booking, person, pushImport } from "../imports.ts";
import { type Mailbox, startMailbox } from "../sandbox/mailbox/start.ts";
import type { StepInput } from "../sandbox/twilio/steps.ts";

const KEYS = { accessKeyId: "AKIDINVENTED", secretAccessKey: "invented-secret" };
const MINUTES = 100;

let mailbox: Mailbox;
let desk: ConsoleDesk;
beforeAll(async () => {
  mailbox = await startMailbox(KEYS);
  desk = await startConsole({
    RECONCILE_AFTER_SECONDS: "1",
    SES_REGION: "us-east-1",
    SES_ACCESS_KEY_ID: KEYS.accessKeyId,
    SES_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    SES_BASE_URL: mailbox.url,
    SES_CONFIGURATION_SET: "hearback",
    SES_EVENTS_SECRET: randomBytes(16).toString("hex"),
  });
});
afterAll(async () => {
  await desk?.close();
  await mailbox?.close();
});
beforeEach(() => mailbox.reset());

const phoneOf = (number: number) => `+120255501${String(number).padStart(2, "0")}`;
const mailsTo = (number: number) => mailbox.mails.filter(({ to }) => String(to) === `p${number}@example.com`).length;

/** A clinic whose reminder is a text, and where that reaches nobody, step 2. */
async function addClinic(number: string, second: object = {}): Promise<Line> {
  const clinic = await addLine(desk, number, {
    settings: {
      schedule: { source: "concrete", statuses: { Confirmed: "booked", Cancelled: "cancelled" } },
      messages: { senderName: "Sample Clinic", mailFrom: `desk-${number.slice(1)}@clinic.example` },
    },
  });
  const wording = (key: string, channel: string, en: object) =>
    operator(desk.edge, "/admin/v1/templates/save", {
      tenant: clinic.slug,
      key,
      channel,
      category: "transactional",
      wordings: { en },
    });
  expect((await wording("soon", "sms", { body: "Sample Clinic: you have a visit with us soon." })).status).toBe(200);
  const mail = { subject: "Your visit", body: "You have a visit with us soon. Stop: {{ul}}" };
  expect((await wording("soon-mail", "mail", mail)).status).toBe(200);
  const step = { anchor: "appointment_start", offsetHours: -2, latePolicy: "send" };
  const nudge = reminder({
    steps: [
      { ...step, channel: "sms", template: "soon", fallback: 2 },
      { ...step, channel: "mail", template: "soon-mail", ...second },
    ],
  });
  const saved = await saveNudge(desk, clinic, nudge);
  expect([saved.status, await saved.text()]).toEqual([201, expect.anything()]);
  await operator(desk.edge, "/admin/v1/nudges/change", { tenant: clinic.slug, code: "reminder", to: "active" });
  return clinic;
}

/** People with a visit soon, a number and a mail address, unless said otherwise. */
async function bring(clinic: Line, people: { number: number; [field: string]: unknown }[], visit: object = {}) {
  const soon = Temporal.Now.zonedDateTimeISO("America/New_York").add({ minutes: MINUTES });
  const local = soon.toPlainDateTime().toString({ smallestUnit: "minute" });
  await pushImport(clinic, {
    patient: people.map(({ number, ...more }) => person(number, { email: `p${number}@example.com`, ...more })),
    appointment: people.map(({ number }) => booking(number, local, visit)),
  });
}

type Row = { channel: string; status: string; reason: string | null };
const rows = (clinic: Line) =>
  clinic.db.all<Row>(sql`SELECT channel, status, reason FROM touches ORDER BY channel DESC, created_at, id`);

/** Turns of the clock until the touches stand like this. */
async function until(clinic: Line, ...expected: string[]): Promise<void> {
  const told = async () => (await rows(clinic)).map(({ channel, status, reason }) => `${channel} ${status} ${reason}`);
  await eventually(async () => {
    await clinic.strike();
    await desk.twilio.settled();
    await mailbox.settled();
    return (await told()).join() === expected.join();
  }, 25_000).catch(async () => expect(await told()).toEqual(expected));
}

/** What stays as it is, however often the clock strikes. */
async function stays(clinic: Line, ...expected: string[]): Promise<void> {
  await until(clinic, ...expected);
  for (const _ of [1, 2, 3]) await clinic.strike();
  expect((await rows(clinic)).map(({ channel, status, reason }) => `${channel} ${status} ${reason}`)).toEqual(expected);
}

test.each<[string, string, StepInput | null, object, string]>([
  ["a number that is none", "+12025550141", "invalid-number", {}, "failed invalid_phone"],
  ["a landline", "+12025550142", { does: "refuse", httpStatus: 400, code: 21635 }, {}, "failed landline"],
  ["no number at all", "+12025550143", null, { mobilePhone: undefined }, "skipped no_phone"],
  ["a number that is gone", "+12025550144", "unknown-handset", {}, "undelivered unreachable"],
  [
    "a carrier that blocks",
    "+12025550145",
    { does: "accept", ends: "undelivered", errorCode: 30004 },
    {},
    "undelivered blocked",
  ],
])(
  "%s: the mail that the step names goes once, however often it is reported and the clock strikes",
  async (_, line, fault, who, end) => {
    const clinic = await addClinic(line);
    const number = Number(line.slice(-2));
    if (fault) desk.twilio.script(phoneOf(number), fault);
    desk.twilio.tune({ callbackCopies: 3, callbackOrder: "shuffled" });
    await bring(clinic, [{ number, ...who }]);
    await stays(clinic, `sms ${end}`, "mail accepted null");
    desk.twilio.tune({ callbackCopies: 1, callbackOrder: "in-order" });
    expect(mailsTo(number)).toBe(1);
  },
);

test("a phone that is off is tried again as long as there is time before the visit; only then the mail goes", async () => {
  const clinic = await addClinic("+12025550146", {});
  desk.twilio.script(phoneOf(46), "unreachable");
  await bring(clinic, [{ number: 46 }]);
  await until(clinic, "sms planned handset_off");
  expect([clinic.said(phoneOf(46)).length, mailsTo(46)]).toEqual([1, 0]);
  await clinic.makeDue();
  await stays(clinic, "sms undelivered handset_off", "mail accepted null");
  expect([clinic.said(phoneOf(46)).length, mailsTo(46)]).toEqual([2, 1]);
});

test("who said no, whose visit is off, and who may have got the text get no mail in its place", async () => {
  const clinic = await addClinic("+12025550147");
  desk.twilio.script(phoneOf(47), "opted-out");
  desk.twilio.script(phoneOf(48), "accept-then-500");
  desk.twilio.script(phoneOf(49), "filtered");
  desk.twilio.tune({ callbacks: "none" });
  await bring(clinic, [{ number: 47 }, { number: 48 }, { number: 49 }]);
  await eventually(async () => {
    await clinic.strike();
    return (
      (await rows(clinic)).length === 3 &&
      (await rows(clinic)).every(({ status }) => !["planned", "claimed"].includes(status))
    );
  }, 25_000);
  desk.twilio.tune({ callbacks: "all" });
  // Whatever a carrier may call it later: one hand-over of it is in doubt.
  await clinic.db.run(sql`UPDATE touches SET status = 'undelivered', reason = 'unreachable', check_at = NULL
    WHERE id IN (SELECT touch_id FROM attempts WHERE outcome = 'unknown')`);
  for (const _ of [1, 2]) await clinic.strike();
  expect((await rows(clinic)).map(({ channel }) => channel)).toEqual(["sms", "sms", "sms"]);
  expect(mailbox.mails).toEqual([]);
  const off = await addClinic("+12025550151");
  desk.twilio.script(phoneOf(51), "invalid-number");
  await bring(off, [{ number: 51 }]);
  await eventually(async () => {
    await off.strike();
    return (await rows(off)).some(({ status }) => status === "failed");
  }, 25_000);
  await off.db.run(sql`UPDATE touches SET stand_in_at = NULL WHERE channel = 'sms'`);
  await off.db.run(sql`DELETE FROM touches WHERE channel = 'mail'`);
  await off.db.run(sql`UPDATE appointments SET status = 'cancelled'`);
  for (const _ of [1, 2]) await off.strike();
  expect((await rows(off)).map(({ channel }) => channel)).toEqual(["sms"]);
});

test("planned by two runs at once, and by a run whose predecessor died before the mark, it goes once", async () => {
  const clinic = await addClinic("+12025550156");
  const people = Array.from({ length: 6 }, (_, index) => 60 + index);
  for (const number of people) desk.twilio.script(phoneOf(number), "landline");
  await bring(
    clinic,
    people.map((number) => ({ number })),
  );
  const ended = () => clinic.db.all(sql`SELECT 1 FROM touches WHERE channel = 'sms' AND status = 'failed'`);
  await eventually(async () => {
    await clinic.strike();
    return (await ended()).length === people.length;
  }, 25_000);
  await Promise.all([clinic.strike(), clinic.strike()]);
  await clinic.db.run(sql`UPDATE touches SET stand_in_at = NULL`);
  const all = [...people.map(() => "sms failed invalid_phone"), ...people.map(() => "mail accepted null")];
  await stays(clinic, ...all);
  for (const number of people) expect(mailsTo(number)).toBe(1);
});

test("a report that comes late and says that the text arrived after all keeps the mail back", async () => {
  const clinic = await addClinic("+12025550152");
  desk.twilio.tune({ callbacks: "none" });
  await bring(clinic, [{ number: 52 }]);
  await until(clinic, "sms accepted null");
  desk.twilio.tune({ callbacks: "all" });
  await clinic.db.run(sql`UPDATE nudges SET status = 'paused'`);
  const [sent] = await clinic.db.all<{ touch: string; attempt: string; sid: string }>(
    sql`SELECT touch_id AS touch, id AS attempt, provider_id AS sid FROM attempts`,
  );
  const report = (MessageStatus: string, more = {}) =>
    postAsTwilio(desk, `${desk.edge.url}/t/${clinic.slug}/twilio/status/${sent?.touch}?a=${sent?.attempt}`, {
      ...{ AccountSid: desk.twilio.accountSid, MessageSid: sent?.sid ?? "", SmsSid: sent?.sid ?? "", MessageStatus },
      ...more,
    });
  expect((await report("undelivered", { ErrorCode: "30005" })).status).toBe(204);
  await until(clinic, "sms undelivered unreachable", "mail planned paused");
  await report("delivered");
  await clinic.db.run(sql`UPDATE nudges SET status = 'active'`);
  await clinic.makeDue();
  await stays(clinic, "sms undelivered unreachable", "mail cancelled first_arrived");
  expect(mailsTo(52)).toBe(0);
});

test("a step that is blocked is not said by another text, and what a step stands in for need not be in use to be known", async () => {
  const clinic = await addClinic("+12025550153", { channel: "sms", template: "soon" });
  desk.twilio.script(phoneOf(53), { does: "accept", ends: "undelivered", errorCode: 30004 }, "accept");
  await bring(clinic, [{ number: 53 }]);
  await stays(clinic, "sms undelivered blocked");
  await clinic.db.run(sql`UPDATE steps SET is_active = 0 WHERE seq = 1`);
  await bring(clinic, [{ number: 53 }, { number: 54 }]);
  await stays(clinic, "sms undelivered blocked");
});

test("the page of the person says what went in place of what, and why", async () => {
  const clinic = await addClinic("+12025550155");
  desk.twilio.script(phoneOf(55), "landline");
  await bring(clinic, [{ number: 55 }]);
  await until(clinic, "sms failed invalid_phone", "mail accepted null");
  const member = await signIn(desk, "front_desk");
  const [{ id } = { id: "" }] = await clinic.db.all<{ id: string }>(sql`SELECT patient_id AS id FROM touches LIMIT 1`);
  const page = await (await member.get(`/t/${clinic.slug}/why/${id}`)).text();
  expect(page).toContain("By mail, because the text could not reach them: not a valid phone number.");
  expect(page).toContain("A mail was planned in its place.");
});
