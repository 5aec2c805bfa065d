import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addLine, type Line, postAsTwilio } from "../clinic-line.ts";
import { type ConsoleDesk, signIn, startConsole } from "../console/sign-in.ts";
import { reminder, saveNudge } from "../engagement/nudge-line.ts";
import { eventually, operator } from "../harness.ts";
import { booking, person, pushImport } from "../imports.ts";
import { sesSettings } from "../sandbox/mailbox/ses-settings.ts";
import { type Mailbox, startMailbox } from "../sandbox/mailbox/start.ts";
import type { StepInput } from "../sandbox/twilio/steps.ts";

const KEYS = { accessKeyId: "AKIDINVENTED", secretAccessKey: "invented-secret" };
const EVENTS_SECRET = randomBytes(16).toString("hex");
const MINUTES = 100;

let mailbox: Mailbox;
let desk: ConsoleDesk;
beforeAll(async () => {
  mailbox = await startMailbox(KEYS);
  desk = await startConsole({
    RECONCILE_AFTER_SECONDS: "1",
    ...sesSettings(mailbox, KEYS, EVENTS_SECRET),
  });
});
afterAll(async () => {
  await desk?.close();
  await mailbox?.close();
});
beforeEach(() => mailbox.reset());

const phoneOf = (number: number) => `+120255501${String(number).padStart(2, "0")}`;
const mailsTo = (number: number) => mailbox.mails.filter(({ to }) => String(to) === `p${number}@example.com`).length;

/** A clinic whose reminder is a text, and where that reaches nobody, step 2; or the other way round. */
async function addClinic(
  number: string,
  second: object = {},
  {
    desk: at = desk,
    isMailFirst = false,
    first = {},
  }: { desk?: ConsoleDesk; isMailFirst?: boolean; first?: object } = {},
): Promise<Line> {
  const clinic = await addLine(at, number, {
    settings: {
      schedule: { source: "concrete", statuses: { Confirmed: "booked", Cancelled: "cancelled" } },
      messages: { senderName: "Sample Clinic", mailFrom: `desk-${number.slice(1)}@clinic.example` },
    },
  });
  const wording = (key: string, channel: string, en: object) =>
    operator(at.edge, "/admin/v1/templates/save", {
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
  const [texted, mailed] = [
    { channel: "sms", template: "soon" },
    { channel: "mail", template: "soon-mail" },
  ];
  const nudge = reminder({
    steps: [
      { ...step, ...(isMailFirst ? mailed : texted), fallback: 2, ...first },
      { ...step, ...(isMailFirst ? texted : mailed), ...second },
    ],
  });
  const saved = await saveNudge(at, clinic, nudge);
  expect([saved.status, await saved.text()]).toEqual([201, expect.anything()]);
  await operator(at.edge, "/admin/v1/nudges/change", { tenant: clinic.slug, code: "reminder", to: "active" });
  return clinic;
}

/** People with a visit soon, a number and a mail address, unless said otherwise. */
async function bring(
  clinic: Line,
  people: { number: number; [field: string]: unknown }[],
  visit: object = {},
  minutes = MINUTES,
) {
  const soon = Temporal.Now.zonedDateTimeISO("America/New_York").add({ minutes });
  const local = soon.toPlainDateTime().toString({ smallestUnit: "minute" });
  await pushImport(clinic, {
    patient: people.map(({ number, ...more }) => person(number, { email: `p${number}@example.com`, ...more })),
    appointment: people.map(({ number }) => booking(number, local, visit)),
  });
}

type Row = { channel: string; status: string; reason: string | null };
const rows = (clinic: Line) =>
  clinic.db.all<Row>(sql`SELECT channel, status, reason FROM touches ORDER BY channel DESC, status, reason`);

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

test("a phone that was off, and whose second try came too late, gets the mail", async () => {
  const clinic = await addClinic("+12025550136");
  desk.twilio.script(phoneOf(36), "unreachable");
  await bring(clinic, [{ number: 36 }]);
  await until(clinic, "sms planned handset_off");
  await clinic.db.run(sql`UPDATE touches SET not_after_at = 1`);
  await clinic.makeDue();
  await stays(clinic, "sms expired handset_off", "mail accepted null");
  expect([clinic.said(phoneOf(36)).length, mailsTo(36)]).toEqual([1, 1]);
});

describe("a mail that comes back", () => {
  const follow = (clinic: Line) =>
    mailbox.subscribe({
      url: `${desk.edge.url}/t/${clinic.slug}/ses/events`,
      username: "hearback",
      password: EVENTS_SECRET,
    });

  test("for now is tried again after a quarter of an hour and after two, and only then the text goes [NUDGE-39]", async () => {
    const clinic = await addClinic(
      "+12025550137",
      { offsetHours: -3 },
      { isMailFirst: true, first: { offsetHours: -3 } },
    );
    follow(clinic);
    mailbox.script("p37@example.com", "bounces-for-now");
    mailbox.tune({ eventCopies: 3 });
    await bring(clinic, [{ number: 37 }], {}, 179);
    for (const [sent, minutes] of [
      [1, 15],
      [2, 120],
    ] as const) {
      await stays(clinic, "mail planned bounced_for_now");
      expect(mailsTo(37)).toBe(sent);
      const [{ wait } = { wait: 0 }] = await clinic.db.all<{ wait: number }>(
        sql`SELECT due_at - updated_at AS wait FROM touches`,
      );
      expect(wait).toBe(minutes * 60_000);
      expect(await clinic.db.all(sql`SELECT state FROM contact_points WHERE system = 'mail'`)).toEqual([
        { state: "ok" },
      ]);
      await clinic.makeDue();
    }
    await stays(clinic, "sms delivered null", "mail undelivered bounced_for_now");
    expect([mailsTo(37), clinic.said(phoneOf(37)).length]).toEqual([3, 1]);
  });

  test("by an automatic answer arrived, in whatever order SES tells it: it is not said again", async () => {
    const clinic = await addClinic("+12025550138", {}, { isMailFirst: true });
    follow(clinic);
    mailbox.script("p38@example.com", "auto-replied");
    mailbox.script("p39@example.com", "bounces-for-now");
    await bring(clinic, [{ number: 38 }, { number: 39 }]);
    await until(clinic, "mail delivered null", "mail planned bounced_for_now");
    const [sent] = await clinic.db.all<{ touch: string; attempt: string; id: string }>(sql`SELECT touch_id AS touch,
      attempts.id AS attempt, provider_id AS id FROM attempts JOIN touches ON touches.id = touch_id WHERE touches.status = 'planned'`);
    const tags = { touch: [sent?.touch], attempt: [sent?.attempt] };
    const Message = JSON.stringify({ eventType: "Delivery", mail: { messageId: sent?.id, tags } });
    const answer = await fetch(`${desk.edge.url}/t/${clinic.slug}/ses/events`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`hearback:${EVENTS_SECRET}`)}` },
      body: JSON.stringify({ Type: "Notification", Message }),
    });
    expect(answer.status).toBe(204);
    await clinic.makeDue();
    await stays(clinic, "mail delivered null", "mail delivered null");
    expect([mailsTo(38), mailsTo(39)]).toEqual([1, 1]);
  });

  test("for what it says, or because the address does not exist, is not tried again", async () => {
    const clinic = await addClinic("+12025550139", {}, { isMailFirst: true });
    follow(clinic);
    mailbox.script("p72@example.com", "bounces-by-content");
    mailbox.script("p73@example.com", "bounces-for-good");
    await bring(clinic, [{ number: 72 }, { number: 73 }]);
    await until(clinic, "sms delivered null", "mail undelivered invalid_address", "mail undelivered other");
    expect([mailsTo(72), mailsTo(73), clinic.said(phoneOf(73)).length]).toEqual([1, 1, 1]);
  });
});

describe("a carrier that cannot be reached", () => {
  let down: ConsoleDesk;
  beforeAll(async () => {
    down = await startConsole({
      RECONCILE_AFTER_SECONDS: "3",
      ...sesSettings(mailbox, KEYS, EVENTS_SECRET),
    });
  });
  afterAll(() => down?.close());

  test("until a text is too late has the mail go instead, for whom it was never asked to take it; never for whom it may have taken it", async () => {
    const clinic = await addClinic("+12025550135", {}, { desk: down });
    const people = Array.from({ length: 9 }, (_, index) => 80 + index);
    for (const number of people) down.twilio.script(phoneOf(number), "503");
    await bring(
      clinic,
      people.map((number) => ({ number })),
    );
    const count = async () =>
      (
        await clinic.db.all<{
          is: string;
          of: number;
        }>(sql`SELECT channel || ' ' || status || ' ' || coalesce(reason, '') AS "is",
        count(*) AS of FROM touches GROUP BY 1`)
      ).map((row) => `${row.of} ${row.is}`);
    const waiting = await eventually(async () => {
      await clinic.strike();
      return (await count()).find((line) => line.endsWith("sms planned provider_away"));
    }, 25_000);
    const kept = Number(waiting.split(" ")[0]);
    expect(kept).toBeGreaterThan(0);
    const page = async () => {
      const member = await signIn(down, "front_desk");
      const [{ id } = { id: "" }] = await clinic.db.all<{ id: string }>(
        sql`SELECT patient_id AS id FROM touches WHERE reason = 'provider_away' LIMIT 1`,
      );
      return (await member.get(`/t/${clinic.slug}/why/${id}`)).text();
    };
    expect(await page()).toContain("The carrier takes no messages for now.");
    const doubted = await clinic.db.all<{ id: string }>(
      sql`SELECT DISTINCT patient_id AS id FROM touches WHERE id IN (SELECT touch_id FROM attempts WHERE outcome = 'unknown')`,
    );
    await clinic.db.run(sql`UPDATE touches SET not_after_at = ${Date.now()} WHERE channel = 'sms'`);
    await eventually(async () => {
      await clinic.strike();
      return (await count()).includes(`${kept} mail accepted `);
    }, 30_000);
    expect(await count()).toContain(`${kept} sms expired provider_down`);
    const mailed = await clinic.db.all<{ id: string }>(
      sql`SELECT patient_id AS id FROM touches WHERE channel = 'mail'`,
    );
    expect(doubted.filter(({ id }) => mailed.some((each) => each.id === id))).toEqual([]);
    expect(doubted.length + kept).toBe(people.length);
    expect(mailbox.mails).toHaveLength(kept);
  }, 90_000);
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
  });
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
  });
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
  });
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
