import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { infobipChannel } from "../../edge/delivery/infobip.ts";
import { infobipWords } from "../../edge/delivery/infobip-words.ts";
import { addLine, alarmsOf, type Line } from "../clinic-line.ts";
import { type Desk, eventually, operator, startDesk } from "../harness.ts";
import { type Infobip, startInfobip } from "../sandbox/infobip/start.ts";
import type { StepName } from "../sandbox/infobip/steps.ts";

const API_KEY = randomBytes(16).toString("hex");
const REPORTS_SECRET = randomBytes(16).toString("hex");

let infobip: Infobip;
let desk: Desk;
beforeAll(async () => {
  infobip = await startInfobip({ apiKey: API_KEY });
  desk = await startDesk({
    RECONCILE_AFTER_SECONDS: "1",
    INFOBIP_BASE_URL: infobip.url,
    INFOBIP_API_KEY: API_KEY,
    INFOBIP_SENDER: "12025550198",
    INFOBIP_REPORTS_SECRET: REPORTS_SECRET,
  });
});
afterAll(async () => {
  await desk?.close();
  await infobip?.close();
});
beforeEach(() => {
  infobip.reset();
  desk.twilio.reset();
});

/** A clinic whose texts go through Infobip first, under a sender of its own. */
async function addClinic(number: string, second: "twilio" | null = null): Promise<Line> {
  const infobipSender = number.slice(1);
  const clinic = await addLine(desk, number, {
    settings: { messages: { smsProvider: "infobip", secondSmsProvider: second, infobipSender } },
  });
  infobip.subscribe(infobipSender, { url: reportsUrl(clinic), username: "hearback", password: REPORTS_SECRET });
  return clinic;
}

const reportsUrl = (clinic: { slug: string }) => `${desk.edge.url}/t/${clinic.slug}/infobip/reports`;

function post(clinic: { slug: string }, body: unknown, { password = REPORTS_SECRET, user = "hearback" } = {}) {
  const authorization = `Basic ${btoa(`${user}:${password}`)}`;
  const headers = { "content-type": "application/json", ...(password && { authorization }) };
  return fetch(reportsUrl(clinic), { method: "POST", headers, body: JSON.stringify(body) });
}

const attemptsOf = (clinic: Line) =>
  clinic.db.all<{ provider: string; outcome: string }>(
    sql`SELECT provider, outcome FROM attempts ORDER BY touch_id, number`,
  );
const sends = (phone: string) =>
  infobip.ledger.filter(({ event, to }) => event === "send" && `+${to}` === phone).map(({ messageId }) => messageId);

describe("what an answer of Infobip means", () => {
  const message = { touchId: "tch_1", body: "How was it?", mail: null, validitySeconds: 3600.5 };
  const send = (messageId: string, to: string) =>
    infobipChannel({ baseUrl: infobip.url, apiKey: API_KEY }, "12025550198").send({
      ...{ ...message, to, messageId },
      attemptId: messageId,
    });

  test.each<[StepName, object, number]>([
    ["accept", { outcome: "accepted", providerId: "att_1", httpStatus: 200 }, 1],
    ["no-credits", { outcome: "refused", errorCode: "REJECTED_NOT_ENOUGH_CREDITS", httpStatus: 200 }, 0],
    ["blocklisted", { outcome: "refused", errorCode: "REJECTED_DESTINATION", httpStatus: 200 }, 0],
    ["invalid-number", { outcome: "refused", errorCode: "REJECTED_PREFIX_MISSING", httpStatus: 200 }, 0],
    ["system-error", { outcome: "throttled", retryAfterSeconds: 60, httpStatus: 200 }, 0],
    ["429", { outcome: "throttled", retryAfterSeconds: 10, httpStatus: 429 }, 0],
    ["429-retry-after", { outcome: "throttled", retryAfterSeconds: 2, httpStatus: 429 }, 0],
    ["400", { outcome: "refused", errorCode: "http_400", httpStatus: 400 }, 0],
    ["401", { outcome: "refused", errorCode: "http_401", httpStatus: 401 }, 0],
    ["500", { outcome: "unknown", errorCode: "http_500", httpStatus: 500 }, 0],
    ["503", { outcome: "unknown", errorCode: "http_503", httpStatus: 503 }, 0],
    ["reset", { outcome: "unknown" }, 0],
    ["accept-then-500", { outcome: "unknown", errorCode: "http_500", httpStatus: 500 }, 1],
    ["accept-then-reset", { outcome: "unknown" }, 1],
    ["accept-then-nonsense", { outcome: "unknown", errorCode: "no_message", httpStatus: 200 }, 1],
  ])("%s", async (step, expected, kept) => {
    infobip.script("+12025550101", step);
    expect(await send("att_1", "+12025550101")).toMatchObject(expected);
    expect(infobip.messages()).toHaveLength(kept);
  });

  test("a repeat under the same id is refused as a duplicate, which means that the first was taken", async () => {
    infobip.script("+12025550101", "accept-then-reset", "accept");
    await send("att_1", "+12025550101");
    expect(await send("att_1", "+12025550101")).toMatchObject({ outcome: "accepted", providerId: "att_1" });
    expect(infobip.messages()).toMatchObject([{ validitySeconds: 3600, text: "How was it?", sender: "12025550198" }]);
  });

  test.each([
    ["PENDING_ACCEPTED", "accepted"],
    ["PENDING_WAITING_DELIVERY", "accepted"],
    ["DELIVERED_TO_OPERATOR", "sent"],
    ["DELIVERED_TO_HANDSET", "delivered"],
    ["UNDELIVERABLE_REJECTED_OPERATOR", "undelivered"],
    ["EXPIRED_EXPIRED", "undelivered"],
    ["REJECTED_NETWORK", "failed"],
    ["EXPIRED_DLR_UNKNOWN", null],
    ["REJECTED_DUPLICATE_MESSAGE_ID", null],
    ["TELEPORTED", null],
  ])("the status %s is %s", (status, step) => expect(infobipWords.stepOf(status)).toBe(step));
});

test("a text goes out through the clinic's own carrier, and its report ends it", async () => {
  const clinic = await addClinic("+12025550101");
  await clinic.pushVisits([{ phone: "+12025550130" }]);
  await clinic.until("delivered");
  expect(infobip.messages("+12025550130")).toMatchObject([{ sender: "12025550101" }]);
  expect(desk.twilio.messages("+12025550130")).toEqual([]);
  expect(await attemptsOf(clinic)).toEqual([{ provider: "infobip", outcome: "accepted" }]);
});

test("a hand-over in doubt is handed over again under the same id, which the carrier takes only once; a person gets one text", async () => {
  const clinic = await addClinic("+12025550102");
  const [taken, lost] = ["+12025550131", "+12025550132"];
  infobip.script(taken, "accept-then-reset", "accept");
  infobip.script(lost, "503", "accept");
  infobip.tune({ reports: "none", logLagMs: 60_000 });
  await clinic.pushVisits([{ phone: taken }, { phone: lost }]);
  await clinic.until("accepted");
  for (const phone of [taken, lost]) {
    expect(infobip.messages(phone)).toHaveLength(1);
    expect(sends(phone)).toHaveLength(2);
    expect(new Set(sends(phone)).size).toBe(1);
  }
  // A report that comes now finds its text, though two attempts bear on it.
  const results = infobip.messages().map(({ messageId }) => report(messageId, "DELIVERED_TO_HANDSET"));
  expect((await post(clinic, { results })).status).toBe(204);
  expect((await clinic.touches()).map(({ status }) => status)).toEqual(["delivered", "delivered"]);
});

test("a hand-over in doubt that the carrier's log shows is not repeated", async () => {
  const clinic = await addClinic("+12025550103");
  infobip.script("+12025550133", "accept-then-500", "accept");
  infobip.tune({ reports: "none" });
  await clinic.pushVisits([{ phone: "+12025550133" }]);
  await clinic.until("accepted");
  expect(sends("+12025550133")).toHaveLength(1);
});

test("a report that comes before the repeat leaves ends the doubt", async () => {
  const clinic = await addClinic("+12025550104");
  infobip.script("+12025550134", "accept-then-reset", "accept");
  infobip.tune({ reportLagMs: 300, logLagMs: 60_000 });
  await clinic.pushVisits([{ phone: "+12025550134" }]);
  await clinic.until("delivered");
  expect(sends("+12025550134")).toHaveLength(1);
});

describe("a second carrier", () => {
  test("takes what the first refuses for reasons of its own; the sender is left alone and somebody is told", async () => {
    const clinic = await addClinic("+12025550105", "twilio");
    infobip.script("*", "no-credits");
    await clinic.pushVisits(["+12025550135", "+12025550136", "+12025550137"].map((phone) => ({ phone })));
    await clinic.until("delivered");
    expect(infobip.messages()).toEqual([]);
    for (const phone of ["+12025550135", "+12025550136", "+12025550137"]) expect(clinic.said(phone)).toHaveLength(1);
    expect(await alarmsOf(clinic)).toEqual(["sender_stopped"]);
    expect(await clinic.db.all(sql`SELECT 1 FROM pauses`)).toEqual([]);
    const before = infobip.ledger.length;
    await clinic.pushVisits([{ phone: "+12025550138", provider: "CNS" }]);
    await clinic.until("delivered");
    expect(infobip.ledger.length).toBe(before);
  });

  test("takes what waits while the first is throttled", async () => {
    const clinic = await addClinic("+12025550106", "twilio");
    infobip.script("*", "system-error");
    await clinic.pushVisits([{ phone: "+12025550139" }]);
    await clinic.until("delivered");
    expect(clinic.said("+12025550139")).toHaveLength(1);
    expect(await attemptsOf(clinic)).toEqual([
      { provider: "infobip", outcome: "throttled" },
      { provider: "twilio", outcome: "accepted" },
    ]);
  });

  test("never takes what the first may have taken", async () => {
    const clinic = await addClinic("+12025550107", "twilio");
    infobip.script("+12025550140", "accept-then-reset", "503", "accept");
    infobip.tune({ reports: "none", logLagMs: 60_000 });
    await clinic.pushVisits([{ phone: "+12025550140" }]);
    await clinic.until("accepted");
    expect((await attemptsOf(clinic)).every(({ provider }) => provider === "infobip")).toBe(true);
    expect(clinic.said("+12025550140")).toEqual([]);
    expect(infobip.messages("+12025550140")).toHaveLength(1);
  });

  test("what the second may have taken is repeated through it, though the first is well again by then", async () => {
    const infobipSender = "12025550109";
    const clinic = await addLine(desk, "+12025550109", {
      settings: { messages: { smsProvider: "twilio", secondSmsProvider: "infobip", infobipSender } },
    });
    desk.twilio.script("+12025550141", "429-retry-after", "accept");
    infobip.script("+12025550141", "503", "accept");
    infobip.tune({ reports: "none" });
    await clinic.pushVisits([{ phone: "+12025550141" }]);
    await clinic.until("accepted");
    expect(await attemptsOf(clinic)).toEqual([
      { provider: "twilio", outcome: "throttled" },
      { provider: "infobip", outcome: "unknown" },
      { provider: "infobip", outcome: "accepted" },
    ]);
    expect(infobip.messages("+12025550141")).toHaveLength(1);
    expect(clinic.said("+12025550141")).toEqual([]);
  });

  test("one that this desk has no account with is refused in the settings", async () => {
    const bare = await startDesk();
    const clinic = await bare.addTenant();
    const settings = { messages: { secondSmsProvider: "infobip" } };
    const answer = await operator(bare.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("INFOBIP_")]);
    const reports = await fetch(`${bare.edge.url}/t/${clinic.slug}/infobip/reports`, { method: "POST" });
    expect(reports.status).toBe(404);
    await bare.close();
  });
});

describe("reports", () => {
  let clinic: Line;
  beforeAll(async () => {
    clinic = await addClinic("+12025550108");
  });

  /** Texts that were taken and are not reported on, one for each phone. */
  async function taken(...phones: string[]): Promise<string[]> {
    infobip.tune({ reports: "none" });
    await clinic.pushVisits(phones.map((phone) => ({ phone, patientName: `PAT ${phone.slice(-4)}`, provider: "CNS" })));
    await desk.edge.cron();
    return eventually(async () => {
      const rows = await clinic.db.all<{ id: string }>(
        sql`SELECT provider_id AS id FROM attempts WHERE outcome = 'accepted'`,
      );
      const ids = phones.flatMap((phone) => infobip.messages(phone).map(({ messageId }) => messageId));
      return ids.length === phones.length && ids.every((id) => rows.some((row) => row.id === id)) && ids;
    });
  }

  const statusOf = async (messageId: string | undefined) => {
    const rows = await clinic.db.all<{ status: string }>(
      sql`SELECT touches.status FROM touches JOIN attempts ON touch_id = touches.id WHERE provider_id = ${messageId}`,
    );
    return rows[0]?.status;
  };

  test("none, or with a date of +0000, is taken; 101 in one post are refused with the limit; one that cannot be read does not drop the others [BAD-52]", async () => {
    const [one = "", two = "", three = ""] = await taken("+12025550150", "+12025550151", "+12025550152");
    expect((await post(clinic, { results: [] })).status).toBe(204);

    const many = Array.from({ length: 101 }, () => report(one, "DELIVERED_TO_HANDSET"));
    const refused = await post(clinic, { results: many });
    expect([refused.status, refused.headers.get("content-type")]).toEqual([413, "application/problem+json"]);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("at most 100") });
    expect(await statusOf(one)).toBe("accepted");

    const results = [
      report(one, "DELIVERED_TO_HANDSET"),
      { messageId: 7, status: "DELIVERED", doneAt: "yesterday" },
      null,
      report(two, "UNDELIVERABLE_NOT_DELIVERED", "EC_UNKNOWN_SUBSCRIBER"),
      report(three, "TELEPORTED"),
      report("att_nobodys", "DELIVERED_TO_HANDSET"),
    ];
    expect((await post(clinic, { results })).status).toBe(204);
    expect([await statusOf(one), await statusOf(two), await statusOf(three)]).toEqual([
      "delivered",
      "undelivered",
      "accepted",
    ]);
    expect(await clinic.db.all(sql`SELECT status FROM delivery_events WHERE provider_id = ${three}`)).toEqual([
      { status: "TELEPORTED" },
    ]);
    expect(await clinic.db.all(sql`SELECT state FROM contact_points WHERE state <> 'ok'`)).toEqual([
      { state: "unreachable" },
    ]);
    expect(await alarmsOf(clinic)).toEqual(["foreign_callback"]);
    const kept = await clinic.db.all<{ status: string; error: string | null; sealed: string }>(
      sql`SELECT status, error, sealed FROM inbound_messages WHERE source = 'infobip' ORDER BY received_at`,
    );
    expect(kept.map(({ status, error }) => [status, error])).toEqual([
      ["processed", null],
      ["rejected", "2 results not as expected"],
    ]);
    expect(kept.some(({ sealed }) => sealed.includes(one))).toBe(false);

    // The same again, and an older one: nothing moves back.
    expect((await post(clinic, { results })).status).toBe(204);
    expect(
      (await post(clinic, { results: [report(one, "PENDING_ENROUTE"), report(one, "REJECTED_NETWORK")] })).status,
    ).toBe(204);
    expect(await statusOf(one)).toBe("delivered");
  });

  test("a post that could not be recorded waits in the inbox; handled again it is recorded, and twice does no more than once", async () => {
    const [one = ""] = await taken("+12025550154");
    await clinic.db.run(
      sql`CREATE TRIGGER broken BEFORE INSERT ON delivery_events BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    expect((await post(clinic, { results: [report(one, "DELIVERED_TO_HANDSET")] })).status).toBe(500);
    await clinic.db.run(sql`DROP TRIGGER broken`);
    const ask = { tenant: clinic.slug, status: "received" };
    const [waiting] = await (await operator(desk.edge, "/admin/v1/inbox/list", ask)).json();
    expect(waiting).toMatchObject({ source: "infobip" });
    const replay = async () =>
      (await operator(desk.edge, "/admin/v1/inbox/replay", { tenant: clinic.slug, id: waiting.id })).json();
    expect(await replay()).toMatchObject({ before: "received", status: "processed", error: null });
    expect(await statusOf(one)).toBe("delivered");
    const events = await clinic.db.all(sql`SELECT * FROM delivery_events`);
    expect(await replay()).toMatchObject({ before: "processed", status: "processed" });
    expect(await clinic.db.all(sql`SELECT * FROM delivery_events`)).toEqual(events);
  });

  test("without the password, with a wrong one or for another user, nothing is read or kept", async () => {
    const [one = ""] = await taken("+12025550153");
    const before = await clinic.db.all(sql`SELECT count(*) AS of FROM inbound_messages`);
    const body = { results: [report(one, "DELIVERED_TO_HANDSET")] };
    for (const forged of [{ password: "" }, { password: "guessed" }, { user: "admin" }]) {
      expect((await post(clinic, body, forged)).status).toBe(401);
    }
    expect((await post({ slug: "nobody" }, body)).status).toBe(404);
    expect(await statusOf(one)).toBe("accepted");
    expect(await clinic.db.all(sql`SELECT count(*) AS of FROM inbound_messages`)).toEqual(before);
  });

  test("a body that is not JSON, or holds no results, is malformed", async () => {
    expect((await post(clinic, { result: [] })).status).toBe(400);
    const headers = { authorization: `Basic ${btoa(`hearback:${REPORTS_SECRET}`)}` };
    expect((await fetch(reportsUrl(clinic), { method: "POST", headers, body: "<html>" })).status).toBe(400);
  });
});

function report(messageId: string, name: string, error = "NO_ERROR") {
  const groupId = name.startsWith("UNDELIVERABLE") ? 2 : name.startsWith("DELIVERED") ? 3 : 1;
  return {
    ...{ bulkId: "b1", messageId, to: "12025550101", sentAt: "2026-11-21T10:00:00.000+0000" },
    ...{ doneAt: "2026-11-21T10:00:07.000+0000", messageCount: 1, mccMnc: "310260" },
    status: { groupId, groupName: name.split("_")[0], id: 5, name, description: "" },
    error: { groupId: 0, groupName: "OK", id: 0, name: error, description: "", permanent: false },
  };
}
