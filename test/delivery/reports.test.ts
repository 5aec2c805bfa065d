import { createHmac, randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addLine, alarmsOf, type Line, postAsTwilio } from "../clinic-line.ts";
import { type Desk, eventually, startDesk } from "../harness.ts";

let desk: Desk;
let clinic: Line;
beforeAll(async () => {
  desk = await startDesk();
  clinic = await addLine(desk, "+12025550180");
});
afterAll(() => desk?.close());

type Sent = { touch: string; attempt: string; sid: string; url: string };

/** A text that Twilio has taken and says nothing more about: every report in a test is the test's own. */
async function takenText(on: Line, phone: string): Promise<Sent> {
  desk.twilio.tune({ callbacks: "none" });
  await on.pushVisits([{ phone, patientName: `SAM ${phone.slice(-4)}`, provider: "CNS" }]);
  await desk.edge.cron();
  const [message] = await eventually(async () => {
    const messages = desk.twilio.messages(phone).filter(({ direction }) => direction === "outbound-api");
    return messages.length > 0 && messages;
  });
  const sid = message?.sid ?? "";
  const row = await eventually(async () => {
    const [found] = await on.db.all<{ touch: string; attempt: string }>(
      sql`SELECT touch_id AS touch, id AS attempt FROM attempts WHERE provider_id = ${sid}`,
    );
    return found;
  });
  return { ...row, sid, url: `${desk.edge.url}/t/${on.slug}/twilio/status/${row.touch}?a=${row.attempt}` };
}

function form(
  sent: Pick<Sent, "sid">,
  MessageStatus: string,
  more: Record<string, string> = {},
): Record<string, string> {
  return { AccountSid: desk.twilio.accountSid, MessageSid: sent.sid, MessageStatus, SmsSid: sent.sid, ...more };
}

async function report(sent: Sent, status: string, more: Record<string, string> = {}): Promise<number> {
  return (await postAsTwilio(desk, sent.url, form(sent, status, more))).status;
}

async function statusOf(sent: Pick<Sent, "touch">, on: Line = clinic): Promise<string | undefined> {
  const [row] = await on.db.all<{ status: string }>(sql`SELECT status FROM touches WHERE id = ${sent.touch}`);
  return row?.status;
}

describe("a report that is not signed for just this address and these parameters changes nothing", () => {
  let sent: Sent;
  beforeAll(async () => {
    sent = await takenText(clinic, "+12025550101");
  });

  test("without a signature, with a wrong one, of https, of another address or of other parameters: 403, nothing changed [ASK-36 BAD-46]", async () => {
    const params = form(sent, "failed", { ErrorCode: "30005" });
    const https = sent.url.replace("http:", "https:");
    const forgeries = [
      postAsTwilio(desk, sent.url, params, { headers: { "x-twilio-signature": "" } }),
      postAsTwilio(desk, sent.url, params, { headers: { "x-twilio-signature": randomBytes(20).toString("base64") } }),
      postAsTwilio(desk, sent.url, params, { signedUrl: https }),
      postAsTwilio(desk, sent.url, params, { signedUrl: `${sent.url}&x=1` }),
      postAsTwilio(desk, sent.url, params, { signedUrl: sent.url.split("?")[0] ?? "" }),
      postAsTwilio(desk, sent.url, params, { headers: { "x-twilio-signature": unsorted(sent.url, params) } }),
      postAsTwilio(
        desk,
        sent.url,
        { ...params, MessageStatus: "sent" },
        { body: new URLSearchParams(params).toString() },
      ),
      postAsTwilio(desk, sent.url, params, { body: `${new URLSearchParams(params)}&Extra=1` }),
    ];
    for (const answer of await Promise.all(forgeries)) expect(answer.status).toBe(403);
    expect(await statusOf(sent)).toBe("accepted");
    expect(await clinic.db.all(sql`SELECT id FROM delivery_events WHERE touch_id = ${sent.touch}`)).toEqual([]);
  });

  test("a true report replayed on another path, with forwarded headers that name the first, is refused [BAD-47]", async () => {
    const other = await takenText(clinic, "+12025550102");
    const path = new URL(sent.url).pathname;
    const headers = {
      "x-forwarded-path": path,
      "x-original-url": sent.url,
      "x-rewrite-url": path,
      "x-forwarded-host": new URL(sent.url).host,
    };
    const answer = await postAsTwilio(desk, other.url, form(sent, "failed"), { signedUrl: sent.url, headers });
    expect(answer.status).toBe(403);
    expect(await statusOf(other)).toBe("accepted");
  });

  test("delivered and then a late sent stays delivered; repeats are taken and change nothing", async () => {
    expect(await report(sent, "delivered")).toBe(204);
    expect(await report(sent, "sent")).toBe(204);
    expect(await report(sent, "delivered")).toBe(204);
    expect(await statusOf(sent)).toBe("delivered");
    const events = await clinic.db.all(sql`SELECT status FROM delivery_events WHERE touch_id = ${sent.touch}`);
    expect(events).toHaveLength(2);
  });

  test("a form without the message's id is malformed, JSON is not a form", async () => {
    expect((await postAsTwilio(desk, sent.url, { MessageStatus: "sent" })).status).toBe(400);
    const headers = { "content-type": "application/json" };
    expect((await postAsTwilio(desk, sent.url, {}, { headers, body: "{}" })).status).toBe(415);
  });
});

test("parameters that Twilio adds without notice are taken [BAD-48]", async () => {
  const sent = await takenText(clinic, "+12025550103");
  const news = { RawDlrDoneDate: "2611211020", ChannelPrefix: "", Ünïcode: "æøå &=+ ", MessagingServiceSid: "MG1" };
  expect(await report(sent, "delivered", news)).toBe(204);
  expect(await statusOf(sent)).toBe("delivered");
});

test("a status nobody knows is kept and moves nothing [BAD-49]", async () => {
  const sent = await takenText(clinic, "+12025550104");
  for (const status of ["partially_delivered", "teleported"]) expect(await report(sent, status)).toBe(204);
  expect(await statusOf(sent)).toBe("accepted");
  const kept = await clinic.db.all<{ status: string }>(
    sql`SELECT status FROM delivery_events WHERE touch_id = ${sent.touch} ORDER BY status`,
  );
  expect(kept.map(({ status }) => status)).toEqual(["partially_delivered", "teleported"]);
});

describe("a report of a message that is not ours is ignored, with an alarm", () => {
  test("a report of another account's message is ignored, with an alarm, even with our secret [BAD-50]", async () => {
    const on = await addLine(desk, "+12025550181");
    const sent = await takenText(on, "+12025550105");
    expect(await report(sent, "failed", { AccountSid: `AC${"0".repeat(32)}` })).toBe(403);
    expect(await statusOf(sent, on)).toBe("accepted");
    expect(await alarmsOf(on)).toEqual(["foreign_callback"]);
  });

  test("a report of a message that belongs to another text, that nobody sent, or of no text is ignored, with an alarm [BAD-50]", async () => {
    const on = await addLine(desk, "+12025550182");
    const [one, two] = [await takenText(on, "+12025550106"), await takenText(on, "+12025550107")];
    expect(await report({ ...one, sid: two.sid }, "failed")).toBe(204);
    expect(await report({ ...one, sid: `SM${"0".repeat(32)}` }, "failed")).toBe(204);
    expect(await report({ ...one, url: one.url.replace(one.touch, "tch_none") }, "failed")).toBe(204);
    // The attempt has no id yet, and the message is bound to the other text already.
    await on.db.run(sql`UPDATE attempts SET provider_id = NULL, outcome = 'started' WHERE id = ${one.attempt}`);
    expect(await report({ ...one, sid: two.sid }, "failed")).toBe(204);
    expect([await statusOf(one, on), await statusOf(two, on)]).toEqual(["accepted", "accepted"]);
    expect(await alarmsOf(on)).toEqual(["foreign_callback"]);
  });

  test("a text of another clinic is not there", async () => {
    const on = await addLine(desk, "+12025550183");
    const sent = await takenText(clinic, "+12025550108");
    expect(await report({ ...sent, url: sent.url.replace(clinic.slug, on.slug) }, "failed")).toBe(204);
    expect(await statusOf(sent)).toBe("accepted");
  });
});

test("delivered may come before sent, and failed after delivered changes nothing [BAD-51]", async () => {
  const sent = await takenText(clinic, "+12025550109");
  expect(await report(sent, "delivered")).toBe(204);
  expect(await report(sent, "sent")).toBe(204);
  expect(await report(sent, "failed", { ErrorCode: "30008" })).toBe(204);
  expect(await statusOf(sent)).toBe("delivered");
});

test("a report that overtakes our own record finds its text by the address it came to", async () => {
  const sent = await takenText(clinic, "+12025550110");
  await clinic.db.run(sql`UPDATE attempts SET provider_id = NULL, outcome = 'started' WHERE id = ${sent.attempt}`);
  await clinic.db.run(sql`UPDATE touches SET status = 'sending' WHERE id = ${sent.touch}`);
  expect(await report(sent, "sent")).toBe(204);
  expect(await statusOf(sent)).toBe("sent");
  const [row] = await clinic.db.all(sql`SELECT provider_id AS sid FROM attempts WHERE id = ${sent.attempt}`);
  expect(row).toEqual({ sid: sent.sid });
});

test("that an earlier try of a text has failed, said late, does not end the later one, which arrives", async () => {
  const sent = await takenText(clinic, "+12025550112");
  const earlier = `${sent.attempt.slice(0, -4)}0000`;
  await clinic.db.run(sql`UPDATE attempts SET number = 2 WHERE id = ${sent.attempt}`);
  await clinic.db.run(sql`UPDATE touches SET attempt_count = 2 WHERE id = ${sent.touch}`);
  await clinic.db.run(sql`INSERT INTO attempts (id, touch_id, number, provider, body_key, segments, started_at, outcome)
    SELECT ${earlier}, touch_id, 1, provider, 'other', segments, started_at - 600000, 'unknown' FROM attempts
    WHERE id = ${sent.attempt}`);
  const late = { ...sent, sid: `SM${randomBytes(16).toString("hex")}`, url: sent.url.replace(sent.attempt, earlier) };
  expect(await report(late, "undelivered", { ErrorCode: "30008" })).toBe(204);
  expect(await statusOf(sent)).toBe("accepted");
  expect(await report(sent, "delivered")).toBe(204);
  expect(await statusOf(sent)).toBe("delivered");
});

test("an old opt-out report repeated after START does not stop the texts again", async () => {
  const sent = await takenText(clinic, "+12025550111");
  expect(await report(sent, "failed", { ErrorCode: "21610" })).toBe(204);
  const live = () => clinic.db.all(sql`SELECT source FROM opt_outs WHERE ended_at IS NULL`);
  expect(await live()).toEqual([{ source: "carrier" }]);
  await clinic.text("+12025550111", "START");
  expect(await live()).toEqual([]);
  expect(await report(sent, "failed", { ErrorCode: "21610" })).toBe(204);
  expect(await live()).toEqual([]);
});

test("no log line of reports holds a number or a signature", () => {
  expect(desk.edge.logs.join("\n")).not.toMatch(/5550101|signature=|AC[0-9a-f]{32}/);
});

/** Signed over the parameters as they come, not as Twilio sorts them. */
function unsorted(url: string, params: Record<string, string>): string {
  const text = Object.entries(params).reduce((all, [name, value]) => all + name + value, url);
  return createHmac("sha1", desk.twilio.authToken).update(text).digest("base64");
}
