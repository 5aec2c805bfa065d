import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { addLine, type Line, postAsTwilio } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";
import { type Infobip, startInfobip } from "../sandbox/infobip/start.ts";

const API_KEY = "an-invented-key-of-infobip";

let infobip: Infobip;
let desk: Desk;
beforeAll(async () => {
  infobip = await startInfobip({ apiKey: API_KEY });
  desk = await startDesk({
    RECONCILE_AFTER_SECONDS: "1",
    INFOBIP_BASE_URL: infobip.url,
    INFOBIP_API_KEY: API_KEY,
    INFOBIP_SENDER: "12025550198",
    INFOBIP_REPORTS_SECRET: "an-invented-secret-of-reports",
  });
});
afterAll(async () => {
  await desk?.close();
  await infobip?.close();
});

/** The store as a Worker leaves it that dies between the carrier's answer, or its call, and its own record. */
async function dieBeforeRecord(clinic: Line): Promise<void> {
  await clinic.db.batch([
    clinic.db.run(sql`UPDATE attempts SET provider_id = NULL, outcome = 'started', finished_at = NULL`),
    clinic.db.run(sql`UPDATE touches SET status = 'sending', lease_owner = 'dead', lease_until = 1, check_at = NULL`),
  ]);
  await clinic.wake();
}

async function takenBy(clinic: Line, phone: string): Promise<string> {
  desk.twilio.tune({ callbacks: "none" });
  onTestFinished(() => desk.twilio.tune({ callbacks: "all" }));
  await clinic.pushVisits([{ phone }]);
  await clinic.until("accepted");
  return desk.twilio.messages(phone)[0]?.sid ?? "";
}

test("a Worker that dies after the carrier took the text, before its record: a late callback adopts it, one message in all [NUDGE-36]", async () => {
  const clinic = await addLine(desk, "+12025550150");
  const sid = await takenBy(clinic, "+12025550130");
  await dieBeforeRecord(clinic);
  const [row] = await clinic.db.all<{ touch: string; attempt: string }>(
    sql`SELECT touch_id AS touch, id AS attempt FROM attempts`,
  );
  const url = `${desk.edge.url}/t/${clinic.slug}/twilio/status/${row?.touch}?a=${row?.attempt}`;
  const form = { AccountSid: desk.twilio.accountSid, MessageSid: sid, MessageStatus: "delivered" };
  expect((await postAsTwilio(desk, url, form)).status).toBe(204);
  await clinic.until("delivered");
  expect(clinic.said("+12025550130")).toHaveLength(1);
});

test("the same without any callback: in doubt, then found in the carrier's list, one message in all [NUDGE-36]", async () => {
  const clinic = await addLine(desk, "+12025550151");
  const sid = await takenBy(clinic, "+12025550131");
  await dieBeforeRecord(clinic);
  await clinic.until("accepted");
  expect(await clinic.db.all(sql`SELECT provider_id AS sid FROM attempts`)).toEqual([{ sid }]);
  expect(await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'touch.unknown'`)).toHaveLength(1);
  expect(clinic.said("+12025550131")).toHaveLength(1);
});

test("a Worker that dies after its claim, before or after its intent to call: one retry, one message in all [NUDGE-37]", async () => {
  const clinic = await addLine(desk, "+12025550152", { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits([{ phone: "+12025550132" }, { phone: "+12025550133" }]);
  const [claimed, meant] = (await clinic.until("planned")).map(({ id }) => id);
  const dead = sql`lease_owner = 'dead', lease_until = 1, due_at = 0`;
  await clinic.db.batch([
    clinic.db.run(sql`UPDATE touches SET status = 'claimed', ${dead} WHERE id = ${claimed}`),
    clinic.db.run(sql`UPDATE touches SET status = 'sending', attempt_count = 1, address_key = (SELECT address_key FROM contact_points
      WHERE contact_points.patient_id = touches.patient_id), ${dead} WHERE id = ${meant}`),
    clinic.db.run(sql`INSERT INTO attempts (id, touch_id, number, provider, started_at, body_key, segments)
      VALUES ('att_dead', ${meant}, 1, 'twilio', ${Date.now() - 180_000}, 'unsaid', 1)`),
  ]);
  await clinic.wake();
  await clinic.until("delivered");
  for (const phone of ["+12025550132", "+12025550133"]) expect(clinic.said(phone)).toHaveLength(1);
});

test("where the carrier knows our id, a hand-over that was taken is repeated under it and adopted; a day later it waits for a person [NUDGE-38]", async () => {
  const clinic = await addLine(desk, "+12025550153", {
    settings: { ask: { maxVisitAgeHours: 168 }, messages: { smsProvider: "infobip", infobipSender: "12025550153" } },
  });
  infobip.tune({ reports: "none", logLagMs: 600_000 });
  const [soon, late] = ["+12025550134", "+12025550135"];
  await clinic.pushVisits([{ phone: soon }]);
  await clinic.until("accepted");
  await dieBeforeRecord(clinic);
  await clinic.until("accepted");
  expect(infobip.messages(soon)).toHaveLength(1);
  expect(infobip.ledger.filter(({ event, to }) => event === "send" && `+${to}` === soon)).toHaveLength(2);

  await clinic.db.run(sql`UPDATE touches SET status = 'delivered', check_at = NULL`);
  await clinic.pushVisits([{ phone: late, provider: "CNS" }]);
  await clinic.until("accepted", "delivered");
  const own = sql`(SELECT id FROM touches WHERE status = 'accepted')`;
  await clinic.db.batch([
    clinic.db.run(sql`UPDATE attempts SET provider_id = NULL, outcome = 'unknown', started_at = started_at - 90000000
      WHERE touch_id IN ${own}`),
    clinic.db.run(sql`UPDATE touches SET status = 'unknown', check_at = 1 WHERE status = 'accepted'`),
  ]);
  await clinic.wake();
  const touches = await clinic.until("delivered", "parked");
  expect(touches.filter(({ status }) => status === "parked")).toMatchObject([{ reason: "in_doubt" }]);
  expect(infobip.ledger.filter(({ event, to }) => event === "send" && `+${to}` === late)).toHaveLength(1);
});
