import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine, alarmsOf, type Line } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";
import { type Infobip, startInfobip } from "../sandbox/infobip/start.ts";

const API_KEY = randomBytes(16).toString("hex");
const SECRET = randomBytes(16).toString("hex");

let infobip: Infobip;
let desk: Desk;
beforeAll(async () => {
  infobip = await startInfobip({ apiKey: API_KEY });
  desk = await startDesk({
    INFOBIP_BASE_URL: infobip.url,
    INFOBIP_API_KEY: API_KEY,
    INFOBIP_SENDER: "12025550198",
    INFOBIP_REPORTS_SECRET: SECRET,
  });
});
afterAll(async () => {
  await desk?.close();
  await infobip?.close();
});

async function addClinic(
  number: string,
): Promise<Line & { hears(from: string, body: string, id?: string): Promise<number> }> {
  const to = number.slice(1);
  const clinic = await addLine(desk, number, {
    settings: { ask: { delayMinutes: 600 }, messages: { smsProvider: "infobip", infobipSender: to } },
  });
  const base = `${desk.edge.url}/t/${clinic.slug}/infobip`;
  infobip.subscribe(to, {
    ...{ url: `${base}/reports`, inboundUrl: `${base}/inbound`, username: "hearback", password: SECRET },
  });
  return { ...clinic, hears: (from, body, id) => infobip.text({ from, to, body }, id) };
}

const stops = (clinic: Line) => clinic.db.all(sql`SELECT channel, source FROM opt_outs WHERE ended_at IS NULL`);
const answers = (phone: string) => infobip.messages(phone).map(({ text }) => text);

test("STOP to an Infobip number ends the texts and is confirmed once, however often the post comes; START lets them go on", async () => {
  const clinic = await addClinic("+12025550120");
  const phone = "+12025550140";
  await clinic.pushVisits([{ phone }]);
  await clinic.until("planned");
  for (let time = 0; time < 3; time += 1) expect(await clinic.hears(phone, "Stop", "mo-1")).toBe(204);
  expect(await stops(clinic)).toEqual([{ channel: "sms", source: "keyword" }]);
  expect(await clinic.touches()).toMatchObject([{ status: "skipped", reason: "opted_out" }]);
  expect(answers(phone)).toHaveLength(1);
  await infobip.settled();
  // The report on the confirmation is nobody's touch, and no alarm.
  expect(await alarmsOf(clinic)).toEqual([]);
  expect(await clinic.hears(phone, "START")).toBe(204);
  expect(await stops(clinic)).toEqual([]);
});

test("free words that mean stop suppress first and wait for staff; a question waits, too, and both are kept sealed", async () => {
  const clinic = await addClinic("+12025550121");
  expect(await clinic.hears("+12025550141", "please stop texting me")).toBe(204);
  expect(await clinic.hears("+12025550142", "when is my next visit?")).toBe(204);
  expect(await stops(clinic)).toEqual([{ channel: "sms", source: "free_text" }]);
  expect(await alarmsOf(clinic)).toEqual(["patient_wrote"]);
  const kept = await clinic.db.all<{ status: string; sealed: string }>(
    sql`SELECT status, sealed FROM inbound_messages WHERE source = 'infobip_text'`,
  );
  expect(kept.map(({ status }) => status)).toEqual(["received", "received"]);
  expect(JSON.stringify(kept)).not.toContain("visit");
});

test("one text in a post that cannot be read does not drop the others, and nothing is taken without the password", async () => {
  const clinic = await addClinic("+12025550122");
  const post = (password: string, results: unknown[]) =>
    fetch(`${desk.edge.url}/t/${clinic.slug}/infobip/inbound`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Basic ${btoa(`hearback:${password}`)}` },
      body: JSON.stringify({ results }),
    });
  const good = { messageId: "mo-9", from: "12025550143", to: "12025550122", text: "STOP" };
  expect((await post("guessed", [good])).status).toBe(401);
  expect(await stops(clinic)).toEqual([]);
  expect((await post(SECRET, Array(101).fill(good))).status).toBe(413);
  expect((await post(SECRET, [{ messageId: 3 }, null, good])).status).toBe(204);
  expect(await stops(clinic)).toHaveLength(1);
  expect(await clinic.db.all(sql`SELECT error FROM inbound_messages WHERE status = 'rejected'`)).toEqual([
    { error: "2 texts not as expected" },
  ]);
});
