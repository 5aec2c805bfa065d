import twilioSdk from "twilio";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { segmentsOf } from "./twilio/segments.ts";
import { startTwilio, type Twilio } from "./twilio/start.ts";
import { startWebhookSink } from "./webhook-sink.ts";

const ACCOUNT = `AC${"1".repeat(32)}`;
const TOKEN = "invented-token";
const SERVICE = `MG${"2".repeat(32)}`;
const CLINIC = { number: "+12025550190", name: "Common Ground", serviceSid: SERVICE };
const ANA = "+12025550101";

let twilio: Twilio;
let sink: Awaited<ReturnType<typeof startWebhookSink>>;
beforeAll(async () => {
  sink = await startWebhookSink();
  twilio = await startTwilio({ accountSid: ACCOUNT, authToken: TOKEN, senders: [CLINIC], tuning: { statusStepMs: 0 } });
});
afterAll(async () => {
  await twilio.close();
  await sink.close();
});
beforeEach(() => {
  twilio.reset();
  twilio.tune({ statusStepMs: 0 });
  twilio.addSender({ ...CLINIC, inboundUrl: `${sink.url}/inbound?tenant=bcb` });
  sink.deliveries.length = 0;
});

const messagesUrl = () => `${twilio.url}/2010-04-01/Accounts/${ACCOUNT}/Messages.json`;
const basic = (password: string) => ({ authorization: `Basic ${btoa(`${ACCOUNT}:${password}`)}` });

function create(form: Record<string, string>, { password = TOKEN, deadlineMs = 5_000 } = {}) {
  const body = new URLSearchParams({ To: ANA, MessagingServiceSid: SERVICE, Body: "How was it?", ...form });
  return fetch(messagesUrl(), {
    method: "POST",
    headers: basic(password),
    body,
    signal: AbortSignal.timeout(deadlineMs),
  });
}

async function accepted(form: Record<string, string> = {}) {
  return (await (await create(form)).json()) as { sid: string; status: string };
}

async function listed(query: Record<string, string>) {
  const response = await fetch(`${messagesUrl()}?${new URLSearchParams(query)}`, { headers: basic(TOKEN) });
  return (await response.json()) as { messages: { sid: string; status: string }[]; next_page_uri: string | null };
}

/** Twilio's own client, pointed at the stand-in. */
function sdk() {
  const httpClient = {
    async request(options: { method: string; uri: string; params?: object; data?: object }) {
      const query = new URLSearchParams(Object.entries(options.params ?? {})).toString();
      const uri = options.uri.replace("https://api.twilio.com", twilio.url) + (query && `?${query}`);
      const response = await fetch(uri, {
        method: options.method.toUpperCase(),
        headers: basic(TOKEN),
        ...(options.data ? { body: new URLSearchParams(Object.entries(options.data)) } : {}),
      });
      return { statusCode: response.status, body: await response.json(), headers: {} };
    },
  };
  return twilioSdk(ACCOUNT, TOKEN, { httpClient: httpClient as never });
}

test("Twilio's own client can create, list over pages, fetch and cancel", async () => {
  const client = sdk();
  for (const body of ["one", "two", "three"]) {
    await client.messages.create({ to: ANA, messagingServiceSid: SERVICE, body });
  }
  const sendAt = new Date(Date.now() + 20 * 60_000);
  const scheduled = await client.messages.create({
    ...{ to: ANA, messagingServiceSid: SERVICE, body: "four" },
    ...{ scheduleType: "fixed", sendAt },
  });
  expect(scheduled.status).toBe("scheduled");
  const all = await client.messages.list({ to: ANA, pageSize: 2 });
  expect(all.map((message) => message.body)).toEqual(["four", "three", "two", "one"]);
  const canceled = await client.messages(scheduled.sid).update({ status: "canceled" });
  expect(canceled.status).toBe("canceled");
  expect((await client.messages(scheduled.sid).fetch()).status).toBe("canceled");
  await expect(client.messages(all[1]?.sid ?? "").update({ status: "canceled" })).rejects.toMatchObject({
    code: 30409,
  });
});

test("a created message has Twilio's shape: accepted, no sender or segments yet, RFC 2822 dates", async () => {
  const response = await create({ Body: "x".repeat(200) });
  expect(response.status).toBe(201);
  const message = (await response.json()) as Record<string, unknown>;
  expect(message).toMatchObject({ status: "accepted", num_segments: "0", from: null, to: ANA, error_code: null });
  expect(message.sid).toMatch(/^SM[0-9a-f]{32}$/);
  expect(message.date_created).toMatch(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/);
  await twilio.settled();
  const fetched = await fetch(`${twilio.url}${message.uri}`, { headers: basic(TOKEN) });
  expect(await fetched.json()).toMatchObject({ status: "delivered", num_segments: "2", from: CLINIC.number });
});

test.each([
  ["a wrong password", {}, 401, 20003, "wrong"],
  ["no recipient", { To: "" }, 400, 21604, TOKEN],
  ["no body", { Body: "" }, 400, 21602, TOKEN],
  ["no sender", { MessagingServiceSid: "" }, 400, 21603, TOKEN],
  ["a number that cannot be one", { To: "+1202" }, 400, 21211, TOKEN],
  ["1,601 characters", { Body: "x".repeat(1601) }, 400, 21617, TOKEN],
  ["a schedule five minutes ahead", { ScheduleType: "fixed", SendAt: soon(5) }, 400, 35114, TOKEN],
])("%s is refused with Twilio's error document", async (_, form, status, code, password) => {
  const response = await create(form, { password });
  expect(response.status).toBe(status);
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  expect(await response.json()).toEqual({ code, message: expect.any(String), more_info, status });
  expect(twilio.messages()).toHaveLength(0);
});

function soon(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}

test("each status after the first is called back, signed as Twilio's own validator demands", async () => {
  const { sid } = await accepted({ StatusCallback: `${sink.url}/status/tch_1?a=2&b=c d` });
  await twilio.settled();
  expect(sink.deliveries.map(({ form }) => form.MessageStatus)).toEqual(["queued", "sending", "sent", "delivered"]);
  for (const { headers, form } of sink.deliveries) {
    const signature = headers.get("x-twilio-signature") ?? "";
    expect(form).toMatchObject({ MessageSid: sid, SmsSid: sid, To: ANA, AccountSid: ACCOUNT });
    expect(validateRequest(TOKEN, signature, `${sink.url}/status/tch_1?a=2&b=c d`, form)).toBe(true);
    expect(validateRequest(TOKEN, signature, `${sink.url}/status/tch_2?a=2&b=c d`, form)).toBe(false);
  }
});

test("callbacks come reversed and twice when told so", async () => {
  twilio.tune({ callbackOrder: "reversed", callbackCopies: 2, statusStepMs: 15 });
  await accepted({ StatusCallback: `${sink.url}/status` });
  await twilio.settled();
  const statuses = sink.deliveries.map(({ form }) => form.MessageStatus);
  expect(statuses).toEqual(["delivered", "sent", "sending", "queued"].flatMap((status) => [status, status]));
});

test("an unregistered sender is accepted and comes back undelivered with 30034", async () => {
  twilio.script(ANA, "unregistered-sender");
  await accepted({ StatusCallback: `${sink.url}/status` });
  await twilio.settled();
  expect(sink.deliveries.at(-1)?.form).toMatchObject({ MessageStatus: "undelivered", ErrorCode: "30034" });
});

test.each([
  ["accept-then-hang", 1],
  ["accept-then-reset", 1],
  ["hang", 0],
  ["reset", 0],
  ["accept-slowly", 1],
] as const)("%s leaves the caller without an answer and %i message in the account", async (step, kept) => {
  twilio.script(ANA, step);
  const attempt = create({}, { deadlineMs: 300 }).then((response) => response.json());
  await expect(attempt).rejects.toThrow();
  expect(twilio.messages(ANA)).toHaveLength(kept);
});

test.each([
  ["accept-then-500", 500, 20500, 1],
  ["503", 503, 20500, 0],
  ["429", 429, 20429, 0],
  ["landline", 400, 21614, 0],
] as const)("%s answers %i with code %i and keeps %i message", async (step, status, code, kept) => {
  twilio.script(ANA, step);
  const response = await create({});
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code, status });
  expect(twilio.messages(ANA)).toHaveLength(kept);
});

test("a script is used up step by step and only for its number", async () => {
  twilio.script(ANA, "429-retry-after", "accept");
  const first = await create({});
  expect([first.status, first.headers.get("retry-after")]).toEqual([429, "2"]);
  expect((await create({ To: "+12025550102" })).status).toBe(201);
  expect((await create({})).status).toBe(201);
  expect((await create({})).status).toBe(201);
});

test("a message stays out of the list until the tuned lag has passed, and can be fetched at once", async () => {
  const { sid } = await accepted();
  expect((await listed({ To: ANA })).messages.map((message) => message.sid)).toEqual([sid]);
  twilio.tune({ listLagMs: 60_000 });
  expect((await listed({ To: ANA })).messages).toEqual([]);
});

test("the list filters by the UTC day sent, and a message not yet sent has none", async () => {
  const today = new Date().toISOString().slice(0, 10);
  twilio.script(ANA, { does: "accept", ends: "queued" }, "accept");
  await accepted({ Body: "stuck" });
  const { sid } = await accepted({ Body: "sent" });
  await twilio.settled();
  expect((await listed({ To: ANA, DateSent: today })).messages.map((message) => message.sid)).toEqual([sid]);
  expect((await listed({ To: ANA, DateSent: "2020-01-01" })).messages).toEqual([]);
  expect((await listed({ To: ANA })).messages).toHaveLength(2);
});

test("STOP blocks this sender for that phone, is told to the product signed, and START lifts it", async () => {
  expect(await twilio.text({ from: ANA, to: CLINIC.number, body: " stop " })).toMatchObject({ httpStatus: 204 });
  const [told] = sink.deliveries;
  expect(told?.form).toMatchObject({ From: ANA, To: CLINIC.number, Body: " stop ", SmsStatus: "received" });
  const signature = told?.headers.get("x-twilio-signature") ?? "";
  expect(validateRequest(TOKEN, signature, `${sink.url}/inbound?tenant=bcb`, told?.form ?? {})).toBe(true);

  expect(await (await create({})).json()).toMatchObject({ code: 21610, status: 400 });
  expect((await create({ To: "+12025550102" })).status).toBe(201);
  expect((await create({ MessagingServiceSid: "", From: "+12025550199" })).status).toBe(201);
  await twilio.text({ from: ANA, to: CLINIC.number, body: "START" });
  expect((await create({})).status).toBe(201);
});

test("with opt-outs seen late, the text is accepted and then fails with 21610", async () => {
  twilio.tune({ optOutSeen: "at-send" });
  await twilio.text({ from: ANA, to: CLINIC.number, body: "STOP" });
  sink.deliveries.length = 0;
  expect((await create({ StatusCallback: `${sink.url}/status` })).status).toBe(201);
  await twilio.settled();
  expect(sink.deliveries.map(({ form }) => [form.MessageStatus, form.ErrorCode])).toEqual([["failed", "21610"]]);
});

test("TwiML the product answers with reaches the phone as a text", async () => {
  const xml = "<Response><Message>Call us at 202-555-0190</Message></Response>";
  const replying = await startWebhookSink(() => new Response(xml, { headers: { "content-type": "text/xml" } }));
  twilio.addSender({ ...CLINIC, inboundUrl: replying.url });
  await twilio.text({ from: ANA, to: CLINIC.number, body: "where are you?" });
  await twilio.settled();
  const received = twilio.messages(ANA).filter((message) => message.direction === "outbound-reply");
  expect(received.map(({ body, status }) => [body, status])).toEqual([["Call us at 202-555-0190", "delivered"]]);
  await replying.close();
});

test("a listener runs after the text is in the ledger and before the caller is answered", async () => {
  const order: string[] = [];
  const forget = twilio.onAccept((message) => {
    const noted = twilio.ledger.some((entry) => entry.event === "accepted" && entry.sid === message.sid);
    order.push(noted ? "in the ledger" : "unknown");
  });
  await create({}).then(() => order.push("answered"));
  forget();
  expect(order).toEqual(["in the ledger", "answered"]);
});

test("another process can set scripts and tuning, text, and read the ledger", async () => {
  const control = (method: string, path: string, body: unknown) =>
    fetch(`${twilio.url}/control${path}`, { method, body: JSON.stringify(body) });
  await control("PUT", `/scripts/${encodeURIComponent(ANA)}`, ["503", { does: "accept", ends: "sent" }]);
  expect((await create({})).status).toBe(503);
  expect((await create({})).status).toBe(201);
  expect((await control("PUT", "/scripts/*", ["no-such-step"])).status).toBe(400);
  expect((await control("POST", "/tuning", { callbackCopies: 3 })).status).toBe(204);
  expect((await control("POST", "/texts", { from: ANA, to: CLINIC.number, body: "hi" })).status).toBe(201);
  expect(sink.deliveries).toHaveLength(3);
  const ledger = (await (await fetch(`${twilio.url}/control/ledger`)).json()) as { event: string; body?: string }[];
  expect(ledger.some((entry) => entry.event === "inbound" && entry.body === "hi")).toBe(true);
});

test("a scheduled text goes out only when released or due", async () => {
  await accepted({ ScheduleType: "fixed", SendAt: soon(20) });
  await twilio.settled();
  twilio.releaseScheduled();
  expect(twilio.messages(ANA)[0]?.status).toBe("scheduled");
  twilio.releaseScheduled({ all: true });
  await twilio.settled();
  expect(twilio.messages(ANA)[0]?.status).toBe("delivered");
});

test.each([
  ["a".repeat(160), "GSM-7", 1],
  ["a".repeat(161), "GSM-7", 2],
  ["€".repeat(81), "GSM-7", 2],
  ["ж".repeat(70), "UCS-2", 1],
  [`${"a".repeat(70)}ж`, "UCS-2", 2],
])("segments are counted as carriers do (%#)", (body, encoding, count) => {
  expect(segmentsOf(body)).toEqual({ encoding, count });
});
