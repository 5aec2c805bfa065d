import { createServer } from "node:http";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine, alarmsOf, inboundUrl, postAsTwilio } from "../clinic-line.ts";
import { type Clinic, type Desk, startDesk } from "../harness.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

test("STOP ends the planned text of everybody on the number, is kept sealed, and the carrier's word is the only confirmation [BAD-53]", async () => {
  const clinic = await addLine(desk, "+12025550110", { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits([{ phone: "+12025550111" }, { phone: "+12025550111" }, { phone: "+12025550112" }]);
  await desk.edge.cron();
  await clinic.until("planned");
  expect(await clinic.text("+12025550111", "Stop")).toMatchObject({ httpStatus: 200 });
  const touches = await clinic.touches();
  expect(touches.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "planned null",
    "skipped opted_out",
    "skipped opted_out",
  ]);
  expect(clinic.said("+12025550111")).toEqual([expect.stringContaining("successfully been unsubscribed")]);
  const [kept] = await clinic.db.all<{ status: string; sealed: string }>(sql`SELECT status, sealed FROM inbound_messages
    WHERE source = 'twilio'`);
  expect(kept?.status).toBe("processed");
  expect(kept?.sealed).not.toMatch(/stop|5550111/i);
  expect(await audited(clinic.db)).toEqual(["opt_out.recorded", "text.received"]);
});

test("a plea in free text stops the texts at once, is confirmed once and raised for staff [BAD-53]", async () => {
  const clinic = await addLine(desk, "+12025550113");
  await clinic.text("+12025550114", "please stop texting me");
  await clinic.text("+12025550114", "I said stop texting me!");
  expect(await optOuts(clinic.db)).toEqual(["free_text"]);
  expect(clinic.said("+12025550114")).toEqual([
    "Common Ground: you will get no more texts from us. Reply START if you want them again.",
  ]);
  expect(await alarmsOf(clinic)).toEqual(["patient_wrote"]);
  await clinic.pushVisits([{ phone: "+12025550114" }]);
  expect(await clinic.until("skipped")).toMatchObject([{ reason: "opted_out" }]);
});

test("START lets texts go on; YES from somebody who never stopped changes nothing", async () => {
  const clinic = await addLine(desk, "+12025550115");
  await clinic.text("+12025550116", "YES");
  await clinic.text("+12025550116", "STOP");
  expect(await optOuts(clinic.db)).toEqual(["keyword"]);
  await clinic.text("+12025550116", "start");
  expect(await optOuts(clinic.db)).toEqual([]);
  await clinic.pushVisits([{ phone: "+12025550116" }]);
  await clinic.until("delivered");
});

test("HELP gets the clinic's own help, also after STOP, and any other text waits for a person", async () => {
  const clinic = await addLine(desk, "+12025550117", { settings: { messages: { helpText: "Call <us> & ask." } } });
  await clinic.text("+12025550118", "STOP");
  await clinic.text("+12025550118", "Help");
  await clinic.text("+12025550118", "Can I come on Friday?");
  expect(clinic.said("+12025550118")).toContain("Call <us> & ask.");
  const rows = await clinic.db.all<{ status: string }>(sql`SELECT status FROM inbound_messages ORDER BY received_at`);
  expect(rows.map((row) => row.status)).toEqual(["processed", "processed", "received"]);
  expect(await alarmsOf(clinic)).toEqual(["patient_wrote"]);
});

test("the same text delivered twice is one text, gets the same answer, and does not undo a START in between", async () => {
  const clinic = await addLine(desk, "+12025550119");
  const stop = form({ Body: "Stop please.", MessageSid: "SM1" });
  const first = await post(clinic, stop);
  await post(clinic, form({ Body: "START", MessageSid: "SM2" }));
  const again = await post(clinic, stop);
  expect(await first.text()).toContain("no more texts");
  expect(await again.text()).toContain("no more texts");
  expect(await optOuts(clinic.db)).toEqual([]);
});

test("where the carrier has acted on words of the clinic's own, they count and nothing is said twice", async () => {
  const clinic = await addLine(desk, "+12025550120");
  const answer = await post(clinic, form({ Body: "genug", OptOutType: "STOP" }));
  expect(await answer.text()).toBe('<?xml version="1.0" encoding="UTF-8"?><Response></Response>');
  expect(answer.headers.get("content-type")).toContain("text/xml");
  expect(await optOuts(clinic.db)).toEqual(["keyword"]);
});

test("texts from strangers, names, short codes, of full length and with ten pictures are kept and never fetched [BAD-54]", async () => {
  const clinic = await addLine(desk, "+12025550121");
  let fetched = 0;
  const pictures = createServer((_, response) => {
    fetched += 1;
    response.end();
  });
  await new Promise<void>((resolve) => pictures.listen(0, "127.0.0.1", resolve));
  const { port } = pictures.address() as { port: number };
  const media = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`MediaUrl${index}`, `http://127.0.0.1:${port}/${index}.jpg`]),
  );
  const texts = [
    form({ From: "+12025550122", Body: "" }),
    form({ From: "DELIVERY", Body: "STOP" }),
    form({ From: "72345", Body: "STOP" }),
    form({ Body: "é".repeat(1600), NumMedia: "10", ...media }),
    form({ Body: "U1RPUA==" }),
    form({ Body: "😀🛑" }),
  ];
  const answers = await Promise.all(texts.map((each) => post(clinic, each)));
  expect(answers.map((answer) => answer.status)).toEqual(texts.map(() => 200));
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(
    texts.map(() => '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'),
  );
  const rows = await clinic.db.all<{ status: string }>(sql`SELECT status FROM inbound_messages`);
  expect(rows.map((row) => row.status)).toEqual(texts.map(() => "received"));
  expect(await optOuts(clinic.db)).toEqual([]);
  expect(fetched).toBe(0);
  pictures.close();
});

test("a text that is not signed for this address is refused and kept nowhere", async () => {
  const clinic = await addLine(desk, "+12025550123");
  const other = await desk.addTenant();
  const replayed = await postAsTwilio(desk, inboundUrl(desk, clinic), form({}), { signedUrl: inboundUrl(desk, other) });
  expect(replayed.status).toBe(403);
  expect(await clinic.db.all(sql`SELECT id FROM inbound_messages`)).toEqual([]);
});

test("no log line holds what was texted or from where", async () => {
  const clinic = await addLine(desk, "+12025550124");
  await clinic.text("+12025550125", "my secret canary worries");
  expect(desk.edge.logs.join("\n")).not.toMatch(/canary|5550125/);
});

let count = 0;
function form(changes: Record<string, string>): Record<string, string> {
  count += 1;
  return {
    AccountSid: desk.twilio.accountSid,
    MessageSid: `SM${String(count).padStart(32, "0")}`,
    From: "+12025550126",
    To: "+12025550119",
    Body: "hello",
    NumMedia: "0",
    ...changes,
  };
}

function post(clinic: Clinic, params: Record<string, string>): Promise<Response> {
  return postAsTwilio(desk, inboundUrl(desk, clinic), params);
}

async function optOuts(db: Clinic["db"]): Promise<string[]> {
  const rows = await db.all<{ source: string }>(sql`SELECT source FROM opt_outs WHERE ended_at IS NULL`);
  return rows.map((row) => row.source);
}

async function audited(db: Clinic["db"]): Promise<string[]> {
  const rows = await db.all<{ action: string }>(sql`SELECT DISTINCT action FROM audit
    WHERE action IN ('opt_out.recorded', 'text.received') ORDER BY action`);
  return rows.map((row) => row.action);
}
