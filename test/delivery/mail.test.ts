import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../db/ids.ts";
import { messageTemplates, touches } from "../../db/schema/engagement.ts";
import { contactPoints, patients } from "../../db/schema/people.ts";
import { displayName, sesChannel } from "../../edge/delivery/ses.ts";
import { isSnsConfirmation } from "../../edge/delivery/ses-events.ts";
import { findTenant } from "../../edge/directory.ts";
import { readEnv } from "../../edge/env.ts";
import { addLine, alarmsOf, type Line } from "../clinic-line.ts";
import { type Desk, eventually, operator, startDesk } from "../harness.ts";
import type { MailStepName } from "../sandbox/mailbox/box.ts";
import { sesSettings } from "../sandbox/mailbox/ses-settings.ts";
import { type Mailbox, startMailbox } from "../sandbox/mailbox/start.ts";

const KEYS = { accessKeyId: "AKIDINVENTED", secretAccessKey: "invented-secret" };
const EVENTS_SECRET = randomBytes(16).toString("hex");

let mailbox: Mailbox;
let desk: Desk;
beforeAll(async () => {
  mailbox = await startMailbox(KEYS);
  desk = await startDesk({
    RECONCILE_AFTER_SECONDS: "1",
    ...sesSettings(mailbox, KEYS, EVENTS_SECRET),
  });
});
afterAll(async () => {
  await desk?.close();
  await mailbox?.close();
});
beforeEach(() => mailbox.reset());

const eventsUrl = (clinic: { slug: string }) => `${desk.edge.url}/t/${clinic.slug}/ses/events`;

type Post = Line & {
  /** Plans one mail to this address, due now, to a person of its own. Returns the touch's id. */
  mail(address: string, changes?: Partial<typeof touches.$inferInsert>): Promise<string>;
  untilMail(touchId: string, ...statuses: string[]): Promise<{ status: string; reason: string | null }>;
};

/** A clinic that may mail, with a wording and one visit read, so that its data is fresh. */
async function addPost(number: string): Promise<Post> {
  const clinic = await addLine(desk, number, {
    settings: {
      ask: { delayMinutes: 600 },
      messages: {
        senderName: "Common Ground",
        mailFrom: `desk-${number.slice(1)}@clinic.example`,
        mailReplyTo: "office@clinic.example",
      },
    },
  });
  await clinic.pushVisits([{ phone: "+12025550101" }]);
  await clinic.until("planned");
  await clinic.db.insert(messageTemplates).values({
    ...{ key: "newsletter", version: 1, locale: "en", channel: "mail", createdAt: 0 },
    ...{ subject: "News for {{fn|you}}", body: "Hello {{fn|there}}. Stop: {{ul}}" },
    bodyHtml: '<p>Hello {{fn|there}}</p><a href="{{ul}}">Stop</a>',
  });
  const [office] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM offices`);
  const opened = await findTenant(readEnv(desk.edge.settings), { slug: clinic.slug });
  if (!opened || !office) throw new Error("no such clinic");
  const { keys } = opened;
  return {
    ...clinic,
    async mail(address, changes = {}) {
      const now = Date.now();
      const [patientId, contactId, touchId] = [newId("patient", now), newId("contactPoint", now), newId("touch", now)];
      const person = await keys.seal(
        { table: "patients", row: patientId },
        JSON.stringify({ givenName: "O'Neil & Co", familyName: "Tester" }),
      );
      const times = { createdAt: now, updatedAt: now };
      await clinic.db.batch([
        clinic.db.insert(patients).values({ id: patientId, identityKey: patientId, sealed: person, ...times }),
        clinic.db.insert(contactPoints).values({
          ...{ id: contactId, patientId, system: "mail", ...times },
          addressKey: await keys.blindIndex("address", address),
          sealed: await keys.seal({ table: "contact_points", row: contactId }, address),
        }),
        clinic.db.insert(touches).values({
          ...{ id: touchId, dedupeKey: touchId, kind: "newsletter", patientId, officeId: office.id, channel: "mail" },
          ...{ templateKey: "newsletter", templateVersion: 1, dueAt: now, notAfterAt: now + 86_400_000, ...times },
          ...changes,
        }),
      ]);
      return touchId;
    },
    async untilMail(touchId, ...statuses) {
      let strikeAt = 0;
      return eventually(async () => {
        if (Date.now() >= strikeAt) {
          strikeAt = Date.now() + 1_000;
          await desk.directory.run(sql`UPDATE tenants SET next_due_at = 1 WHERE slug = ${clinic.slug}`);
          await desk.edge.cron();
        }
        const [row] = await clinic.db.all<{ status: string; reason: string | null }>(
          sql`SELECT status, reason FROM touches WHERE id = ${touchId}`,
        );
        return row && statuses.includes(row.status) && row;
      });
    },
  };
}

function subscribe(clinic: { slug: string }): void {
  mailbox.subscribe({ url: eventsUrl(clinic), username: "hearback", password: EVENTS_SECRET });
}

describe("what an answer of SES means", () => {
  const send = () =>
    sesChannel(
      { region: "us-east-1", baseUrl: mailbox.url, configurationSet: "hearback", ...KEYS },
      { tenant: "bcb", from: "desk@clinic.example", name: "Common Ground", replyTo: undefined },
    ).send({
      ...{ touchId: "tch_1", attemptId: "att_1", messageId: "att_1", to: "ana@patients.example", body: "Hello" },
      ...{ validitySeconds: 600, mail: { subject: "Hi", html: null, unsubscribeUrl: "https://desk.example/u/x" } },
    });

  test.each<[MailStepName, object, number]>([
    ["accept", { outcome: "accepted", httpStatus: 200 }, 1],
    ["throttled", { outcome: "throttled", retryAfterSeconds: 10, httpStatus: 429 }, 0],
    ["daily-limit", { outcome: "throttled", retryAfterSeconds: 900, httpStatus: 400 }, 0],
    ["rejected", { outcome: "refused", errorCode: "MessageRejected", httpStatus: 400 }, 0],
    ["not-verified", { outcome: "refused", errorCode: "identity_not_verified", httpStatus: 400 }, 0],
    ["sending-paused", { outcome: "refused", errorCode: "SendingPausedException", httpStatus: 400 }, 0],
    ["500", { outcome: "unknown", errorCode: "InternalServiceErrorException", httpStatus: 500 }, 0],
    ["reset", { outcome: "unknown" }, 0],
    ["accept-then-reset", { outcome: "unknown" }, 1],
    ["accept-then-500", { outcome: "unknown", httpStatus: 500 }, 1],
  ])("%s", async (step, expected, kept) => {
    mailbox.script("*", step);
    expect(await send()).toMatchObject(expected);
    expect(mailbox.mails).toHaveLength(kept);
  });

  test.each([
    ["Common Ground", '"Common Ground"'],
    ['The "Ground"\r\nBcc: x', '"The \\"Ground\\" Bcc: x"'],
    ["Clínica", "=?UTF-8?B?Q2zDrW5pY2E=?="],
  ])("the sender %j is written as %s", (name, written) => expect(displayName(name)).toBe(written));
});

test("a mail leaves with its wording escaped for where it stands and a way out in its headers, and SES's events end it", async () => {
  const clinic = await addPost("+12025550110");
  subscribe(clinic);
  const touch = await clinic.mail("ana@patients.example");
  await clinic.untilMail(touch, "delivered");
  const [mail] = mailbox.mails;
  expect(mail).toMatchObject({
    from: '"Common Ground" <desk-12025550110@clinic.example>',
    to: ["ana@patients.example"],
    replyTo: ["office@clinic.example"],
    tags: { touch, tenant: clinic.slug },
  });
  const header = (name: string) => mail?.headers.find((each) => each.name === name)?.value;
  const link = header("List-Unsubscribe")?.slice(1, -1) ?? "";
  expect(link).toMatch(new RegExp(`^${desk.edge.url}/u/[\\w-]{28}$`));
  expect(header("List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
  expect(mail?.subject).toBe("News for O'Neil & Co");
  expect(mail?.text).toBe(`Hello O'Neil & Co. Stop: ${link}`);
  expect(mail?.html).toContain("Hello O&#39;Neil &amp; Co<");
  expect(mail?.html).toContain(`href="${link}"`);
  expect(
    await clinic.db.all(sql`SELECT status FROM delivery_events WHERE touch_id = ${touch} ORDER BY received_at`),
  ).toEqual([{ status: "Send" }, { status: "Delivery" }]);
  expect(await clinic.db.all(sql`SELECT provider, outcome, segments FROM attempts`)).toEqual([
    { provider: "ses", outcome: "accepted", segments: 0 },
  ]);
  expect(JSON.stringify(await clinic.db.all(sql`SELECT * FROM unsubscribe_links`))).not.toContain(link.split("/u/")[1]);
  expect(desk.edge.logs.join("\n")).not.toContain("ana@patients.example");
});

test("an address that does not exist is not written to again; one whose owner complains is opted out of mail, and of nothing else", async () => {
  const clinic = await addPost("+12025550111");
  subscribe(clinic);
  mailbox.script("gone@patients.example", "bounces-for-good");
  mailbox.script("full@patients.example", "bounces-for-now");
  mailbox.script("cross@patients.example", "complained-of");
  const [gone, full, cross] = await Promise.all(
    ["gone", "full", "cross"].map((name) => clinic.mail(`${name}@patients.example`)),
  );
  expect(await clinic.untilMail(gone ?? "", "undelivered")).toMatchObject({ reason: "invalid_address" });
  expect(await clinic.untilMail(full ?? "", "undelivered")).toMatchObject({ reason: "bounced_for_now" });
  expect(await clinic.untilMail(cross ?? "", "delivered")).toBeTruthy();
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM opt_outs`)).length === 1);
  expect(await clinic.db.all(sql`SELECT channel, purpose, source FROM opt_outs`)).toEqual([
    { channel: "mail", purpose: "all", source: "carrier" },
  ]);
  const again = await Promise.all(["gone", "full", "cross"].map((name) => repeat(clinic, `${name}@patients.example`)));
  expect(again.map(({ status, reason }) => `${status} ${reason}`)).toEqual([
    "skipped invalid_address",
    "undelivered bounced_for_now",
    "skipped opted_out",
  ]);
});

/** A second mail to the person who has this address already. */
async function repeat(clinic: Post, address: string) {
  const opened = await findTenant(readEnv(desk.edge.settings), { slug: clinic.slug });
  const key = await opened?.keys.blindIndex("address", address);
  const [known] = await clinic.db.all<{ id: string }>(
    sql`SELECT patient_id AS id FROM contact_points WHERE address_key = ${key ?? ""}`,
  );
  const touch = await clinic.mail(`other-${address}`, { patientId: known?.id ?? "" });
  return clinic.untilMail(touch, "skipped", "undelivered", "delivered");
}

test("a hand-over in doubt is finished by SES's events; without any it waits for a person and is never repeated [NUDGE-38]", async () => {
  const clinic = await addPost("+12025550112");
  subscribe(clinic);
  mailbox.script("*", "accept-then-reset", "accept");
  mailbox.tune({ eventLagMs: 1_500 });
  const heard = await clinic.mail("ana@patients.example");
  await clinic.untilMail(heard, "delivered");
  expect(
    await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'touch.unknown' AND entity_id = ${heard}`),
  ).toHaveLength(1);

  mailbox.script("*", "accept-then-500", "accept");
  mailbox.tune({ events: "none" });
  const unheard = await clinic.mail("ben@patients.example");
  expect(await clinic.untilMail(unheard, "parked")).toMatchObject({ reason: "in_doubt" });
  expect(mailbox.mails).toHaveLength(2);
  expect(await alarmsOf(clinic)).toEqual(["touch_parked"]);
});

test("a mail account that refuses its sender holds the mail and not the texts", async () => {
  const clinic = await addPost("+12025550113");
  mailbox.script("*", "not-verified");
  const touch = await clinic.mail("ana@patients.example");
  await eventually(async () => {
    await clinic.strike();
    return (await alarmsOf(clinic)).includes("sender_stopped");
  });
  expect(await clinic.untilMail(touch, "planned")).toMatchObject({ reason: "sender_stopped" });
  expect(await clinic.db.all(sql`SELECT 1 FROM pauses`)).toEqual([]);
  await clinic.db.run(sql`UPDATE touches SET due_at = 0 WHERE channel = 'sms'`);
  await eventually(async () => {
    await clinic.strike();
    return clinic.said("+12025550101").length === 1;
  });
});

test("without a mail address, or at a clinic that cannot mail, the mail is ended with that reason", async () => {
  const clinic = await addPost("+12025550114");
  const [phoneOnly] = await clinic.db.all<{ id: string }>(sql`SELECT patient_id AS id FROM touches LIMIT 1`);
  const touch = await clinic.mail("nobody@patients.example", { patientId: phoneOnly?.id ?? "" });
  expect(await clinic.untilMail(touch, "skipped")).toMatchObject({ reason: "no_mail_address" });
  const card = await clinic.mail("ana@patients.example", { channel: "print" });
  expect(await clinic.untilMail(card, "skipped")).toMatchObject({ reason: "no_way_to_send" });
});

test("who was reminded by mail is told by mail when the visit is moved, and then when it is cancelled, once each", async () => {
  const clinic = await addPost("+12025550117");
  subscribe(clinic);
  const settings = { messages: { correctsReminders: true } };
  expect((await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings })).status).toBe(200);
  const [visit] = await clinic.db.all<{ id: string; patientId: string }>(
    sql`SELECT id, patient_id AS patientId FROM appointments`,
  );
  const inHours = (hours: number) => Date.now() + hours * 3_600_000;
  const toldAt = inHours(30);
  const told = {
    appointmentId: visit?.id ?? "",
    kind: "nudge",
    stepId: "stp_1",
    status: "delivered",
    anchorAt: toldAt,
  } as const;
  await clinic.db.run(sql`INSERT INTO steps (id, nudge_id, seq, channel, anchor, expires_after_minutes, template_key, template_version)
    VALUES ('stp_1', 'ndg_1', 1, 'mail', 'appointment_start', 60, 'newsletter', 1)`);
  const touch = await clinic.mail("ana@patients.example", told);
  await clinic.db.batch([
    clinic.db.run(sql`UPDATE contact_points SET patient_id = ${visit?.patientId} WHERE system = 'mail'`),
    clinic.db.run(sql`UPDATE touches SET patient_id = ${visit?.patientId} WHERE id = ${touch}`),
  ]);
  const change = async (to: object) => {
    await clinic.db.run(
      sql`UPDATE appointments SET ${sql.raw(
        Object.entries(to)
          .map(([column, value]) => `${column} = ${JSON.stringify(value).replaceAll('"', "'")}`)
          .join(", "),
      )}, needs_planning = 1, updated_at = updated_at + 1`,
    );
    await clinic.strike();
    await clinic.strike();
  };
  await change({ status: "booked", starts_at: inHours(52) });
  await change({ provider: "Other" });
  await change({ status: "cancelled" });
  await change({ provider: "Another" });
  await eventually(() => Promise.resolve(mailbox.mails.length === 2));
  expect(mailbox.mails.map(({ subject, to }) => [subject, to])).toEqual([
    ["Your visit has moved", ["ana@patients.example"]],
    ["Your visit was cancelled", ["ana@patients.example"]],
  ]);
  expect(mailbox.mails[0]?.headers.map(({ name }) => name)).toContain("List-Unsubscribe");
  expect(clinic.said("+12025550101")).toEqual([]);
});

describe("the way out", () => {
  let clinic: Post;
  let link: string;
  let address: string;
  beforeAll(async () => {
    clinic = await addPost("+12025550115");
  });
  beforeEach(async () => {
    address = `${randomBytes(4).toString("hex")}@patients.example`;
    await clinic.untilMail(await clinic.mail(address), "accepted");
    link = mailbox.mails.at(-1)?.text?.match(/http\S+/)?.[0] ?? "";
  });
  const stops = () => clinic.db.all(sql`SELECT channel, source FROM opt_outs WHERE ended_at IS NULL`);

  test("opening the link changes nothing; the button or the mail program's own post stops mail at once, without login or script", async () => {
    for (const method of ["GET", "HEAD", "GET"]) expect((await fetch(link, { method })).status).toBe(200);
    expect(await stops()).toEqual([]);
    const page = await (await fetch(link, { headers: { "accept-language": "es" } })).text();
    expect(page).not.toContain("<script");
    expect(page).toContain(`action="${new URL(link).pathname}"`);

    const later = await clinic.mail(address, { dueAt: Date.now() + 3_600_000 });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    for (let time = 0; time < 2; time += 1) {
      const answer = await fetch(link, { method: "POST", headers, body: "List-Unsubscribe=One-Click" });
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("unsubscribed")]);
    }
    expect(await stops()).toEqual([{ channel: "mail", source: "link" }]);
    expect(await clinic.untilMail(later, "skipped")).toMatchObject({ reason: "opted_out" });
    expect(await clinic.db.all(sql`SELECT actor FROM audit WHERE action = 'opt_out.recorded'`)).toEqual([
      { actor: "patient" },
    ]);
  });

  test("out of an offer leads away from offers only; mail about visits goes on, until its reader ends that too", async () => {
    const offers = await addPost("+12025550116");
    subscribe(offers);
    await offers.db.run(sql`INSERT INTO nudges (id, code, name, category, audience_kind, audience, status, created_by, created_at, updated_at)
      VALUES ('ndg_1', 'offers', 'Offers', 'marketing', 'unseen_since', '{}', 'active', 'x', 1, 1)`);
    const touch = await offers.mail(address);
    await offers.untilMail(touch, "delivered");
    // What makes a mail an offer is its nudge; the words of this one do not matter here.
    await offers.db.run(sql`UPDATE touches SET nudge_id = 'ndg_1' WHERE id = ${touch}`);
    const own = mailbox.mails.at(-1)?.text?.match(/http\S+/)?.[0] ?? "";
    const stopped = () =>
      offers.db.all(sql`SELECT channel, purpose FROM opt_outs WHERE ended_at IS NULL ORDER BY at, purpose DESC`);
    expect(await (await fetch(own)).text()).toContain("Stop the offers");
    const oneClick = { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) };
    expect(await (await fetch(own, oneClick)).text()).toContain(`action="${new URL(own).pathname}/all"`);
    expect(await stopped()).toEqual([{ channel: "mail", purpose: "marketing" }]);
    expect(await repeat(offers, address)).toMatchObject({ status: "delivered" });

    expect((await fetch(`${own}/all`)).status).toBe(405);
    expect(await (await fetch(`${own}/all`, { method: "POST" })).text()).toContain("You are unsubscribed<");
    expect(await stopped()).toEqual([
      { channel: "mail", purpose: "marketing" },
      { channel: "mail", purpose: "all" },
    ]);
    expect(await repeat(offers, address)).toMatchObject({ status: "skipped", reason: "opted_out" });
  });

  test("a made-up link, or one changed by a letter, stops nothing and says nothing", async () => {
    const before = await stops();
    const changed = link.slice(0, -1) + (link.endsWith("A") ? "B" : "A");
    for (const url of [changed, `${desk.edge.url}/u/${"A".repeat(28)}`]) {
      for (const method of ["GET", "POST"]) expect((await fetch(url, { method })).status).toBe(404);
    }
    expect(await stops()).toEqual(before);
  });

  // The last of these: a turn of the clock that began meanwhile would put off the next test's mail.
  test("the way out is open also at a clinic that is suspended", async () => {
    const before = (await stops()).length;
    const set = (status: string) => operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, status });
    expect((await set("suspended")).status).toBe(200);
    expect((await fetch(link, { method: "POST" })).status).toBe(200);
    expect(await stops()).toHaveLength(before + 1);
  });
});

describe("events", () => {
  test("without the password they are refused with a question for it, and nothing is read or kept", async () => {
    const clinic = await addPost("+12025550116");
    const body = JSON.stringify({ Type: "Notification", Message: "{}" });
    for (const password of [null, "guessed"]) {
      const headers = password ? { authorization: `Basic ${btoa(`hearback:${password}`)}` } : {};
      const answer = await fetch(eventsUrl(clinic), { method: "POST", headers, body });
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("Basic")]);
    }
    expect(await clinic.db.all(sql`SELECT 1 FROM inbound_messages WHERE source = 'ses'`)).toEqual([]);
  });

  test("one that cannot be read is kept and answered; of a mail that is not ours it raises an alarm", async () => {
    const clinic = await addPost("+12025550117");
    const headers = { authorization: `Basic ${btoa(`hearback:${EVENTS_SECRET}`)}` };
    const post = (event: unknown) =>
      fetch(eventsUrl(clinic), {
        method: "POST",
        headers,
        body: JSON.stringify({
          Type: "Notification",
          Message: typeof event === "string" ? event : JSON.stringify(event),
        }),
      });
    expect((await post("Successfully validated SNS topic")).status).toBe(204);
    const foreign = { eventType: "Delivery", mail: { messageId: "m1", tags: { touch: ["tch_none"] } } };
    expect((await post(foreign)).status).toBe(204);
    const others = { ...foreign, mail: { messageId: "m2", tags: { touch: ["tch_none"], tenant: ["another"] } } };
    expect((await post(others)).status).toBe(204);
    expect(await clinic.db.all(sql`SELECT code, seen_count AS seen FROM alarms`)).toEqual([
      { code: "foreign_callback", seen: 1 },
    ]);
    expect(await clinic.db.all(sql`SELECT status FROM inbound_messages WHERE source = 'ses' ORDER BY status`)).toEqual([
      { status: "processed" },
      { status: "processed" },
      { status: "rejected" },
    ]);
  });

  test("a subscription is confirmed at Amazon SNS and nowhere else", async () => {
    const clinic = await addPost("+12025550118");
    const before = mailbox.hookCalls.length;
    const answer = await fetch(eventsUrl(clinic), {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`hearback:${EVENTS_SECRET}`)}` },
      body: JSON.stringify({ Type: "SubscriptionConfirmation", SubscribeURL: mailbox.hookUrl("confirm") }),
    });
    expect(answer.status).toBe(400);
    expect(mailbox.hookCalls.length).toBe(before);
    const query = "?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:111122223333:hearback&Token=2336";
    expect(isSnsConfirmation(`https://sns.us-east-1.amazonaws.com/${query}`)).toBe(true);
    for (const url of [
      `http://sns.us-east-1.amazonaws.com/${query}`,
      `https://sns.us-east-1.amazonaws.com.evil.example/${query}`,
      `https://evil.example/${query}#sns.us-east-1.amazonaws.com`,
      `https://sns.us-east-1.amazonaws.com:8443/${query}`,
      `https://a:b@sns.us-east-1.amazonaws.com/${query}`,
      "https://sns.us-east-1.amazonaws.com/?Action=Publish",
      "https://s3.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
      "nonsense",
    ]) {
      expect({ url, is: isSnsConfirmation(url) }).toEqual({ url, is: false });
    }
  });
});
