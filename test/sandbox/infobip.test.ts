import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Infobip, startInfobip } from "./infobip/start.ts";
import { startWebhookSink } from "./webhook-sink.ts";

const KEY = "invented-key";
const ANA = "12025550101";

let infobip: Infobip;
let sink: Awaited<ReturnType<typeof startWebhookSink>>;
beforeAll(async () => {
  sink = await startWebhookSink();
  infobip = await startInfobip({ apiKey: KEY });
  infobip.subscribe("*", { url: `${sink.url}/reports`, username: "hearback", password: "pw" });
});
afterAll(async () => {
  await infobip.close();
  await sink.close();
});
beforeEach(() => {
  infobip.reset();
  sink.deliveries.length = 0;
});

async function send(messageId: string, { key = KEY, text = "Hello" } = {}) {
  const message = { sender: "Clinic", destinations: [{ to: ANA, messageId }], content: { text } };
  const answer = await fetch(`${infobip.url}/sms/3/messages`, {
    method: "POST",
    headers: { authorization: `App ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ messages: [message] }),
  });
  return { status: answer.status, body: (await answer.json()) as { messages?: { status: { name: string } }[] } };
}

test("a text is taken once for each id, and a wrong key or an empty text are refused", async () => {
  expect((await send("m1")).body.messages).toMatchObject([{ messageId: "m1", status: { groupName: "PENDING" } }]);
  expect((await send("m1")).body.messages).toMatchObject([
    { status: { name: "REJECTED_DUPLICATE_MESSAGE_ID", id: 23 } },
  ]);
  expect((await send("m2", { key: "other" })).status).toBe(401);
  expect((await send("m2", { text: "" })).status).toBe(400);
  expect(infobip.messages(`+${ANA}`)).toHaveLength(1);
});

test("reports come in one post with a password and dates of +0000; logs can be read again and again", async () => {
  infobip.tune({ reportLagMs: 20 });
  await Promise.all(["m3", "m4"].map((id) => send(id)));
  await infobip.settled();
  const results = sink.deliveries.flatMap(
    ({ body }) => (JSON.parse(body) as { results: { doneAt: string }[] }).results,
  );
  expect(results).toHaveLength(2);
  for (const { doneAt } of results) expect(doneAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  expect(sink.deliveries[0]?.headers.get("authorization")).toBe(`Basic ${btoa("hearback:pw")}`);
  for (let look = 0; look < 2; look += 1) {
    const logs = await fetch(`${infobip.url}/sms/3/logs?messageId=m3`, { headers: { authorization: `App ${KEY}` } });
    expect(await logs.json()).toMatchObject({
      results: [{ messageId: "m3", status: { name: "DELIVERED_TO_HANDSET" } }],
    });
  }
});
