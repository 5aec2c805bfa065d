import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine, alarmsOf, inboundUrl, type Line, postAsTwilio } from "../clinic-line.ts";
import { type Clinic, type Desk, startDesk } from "../harness.ts";
import { seenVisit, todayIn } from "../visits.ts";
import { hearback, operatorOf } from "./hearback-command.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const verb = (...args: string[]) => hearback(args, operatorOf(desk));
const list = async ({ slug }: Clinic, ...options: string[]) =>
  JSON.parse((await verb("inbox", "list", slug, "--json", ...options)).out);

test("a text that cannot be handled is kept, raised and listed with the reason; replayed, it does what it asks, once", async () => {
  const clinic = await brokenLine("+12025550160");
  const answer = await say(clinic, "SM1", "+12025550161", "please stop texting me");
  expect([answer.status, await answer.text()]).toEqual([200, expect.not.stringContaining("<Message>")]);
  expect(await optOuts(clinic)).toEqual([]);
  expect(await alarmsOf(clinic)).toEqual(["message_not_handled"]);
  const [entry, ...others] = await list(clinic, "--status", "rejected");
  expect([entry, others]).toMatchObject([{ source: "twilio", error: expect.stringMatching(/\S/) }, []]);
  expect(JSON.stringify(entry)).not.toMatch(/stop|5550161/i);

  const stillBroken = await verb("inbox", "replay", clinic.slug, entry.id);
  expect([stillBroken.exit, stillBroken.out]).toEqual([1, expect.stringContaining("still rejected: ")]);
  await clinic.db.run(sql`DROP TRIGGER broken`);
  const replayed = await verb("inbox", "replay", clinic.slug, entry.id, "--json");
  expect(replayed.exit).toBe(0);
  expect(JSON.parse(replayed.out)).toEqual({
    id: entry.id,
    source: "twilio",
    before: "rejected",
    status: "received",
    error: null,
  });
  expect(await optOuts(clinic)).toEqual(["free_text live"]);
  expect(await alarmsOf(clinic)).toEqual(["message_not_handled", "patient_wrote"]);
  const before = await trace(clinic);
  expect((await verb("inbox", "replay", clinic.slug, entry.id)).out).toBe("still received\n");
  expect(await trace(clinic)).toEqual(before);
});

test("a text that could not be handled is handled when the carrier brings it again", async () => {
  const clinic = await brokenLine("+12025550162");
  await say(clinic, "SM1", "+12025550163", "Stop please.");
  await clinic.db.run(sql`DROP TRIGGER broken`);
  const again = await say(clinic, "SM1", "+12025550163", "Stop please.");
  expect(await again.text()).toContain("no more texts");
  expect(await optOuts(clinic)).toEqual(["keyword live"]);
  expect(await list(clinic)).toMatchObject([{ status: "processed", error: null }]);
});

test("a replayed text never undoes what its sender has chosen since, and a late START opts nobody in", async () => {
  const clinic = await brokenLine("+12025550164");
  await say(clinic, "SM1", "+12025550165", "please stop texting me");
  await clinic.db.run(sql`DROP TRIGGER broken`);
  await say(clinic, "SM2", "+12025550165", "STOP");
  await say(clinic, "SM3", "+12025550165", "START");
  await clinic.db.run(breakingTrigger("UPDATE"));
  await say(clinic, "SM4", "+12025550166", "STOP");
  await say(clinic, "SM5", "+12025550166", "START");
  await clinic.db.run(sql`DROP TRIGGER broken`);
  const rejected = await list(clinic, "--status", "rejected");
  expect(rejected).toHaveLength(2);
  for (const { id } of rejected) expect((await verb("inbox", "replay", clinic.slug, id)).exit).toBe(0);
  expect(await optOuts(clinic)).toEqual(["keyword ended", "keyword live"]);
  expect(await list(clinic, "--status", "received")).toHaveLength(2);
});

test("the list shows what came without its content, by status and source; a day's reading is never handled again", async () => {
  const clinic = await addLine(desk, "+12025550167");
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550168", patientName: "RIVER TESTERLY" })]);
  // What a replay changes is told apart from what the survey's text writes on its own way.
  await clinic.until("delivered");
  await clinic.text("+12025550168", "Can I come on Friday?");
  const all = await list(clinic);
  expect(all.map(({ source, status }: Record<string, string>) => `${source} ${status}`)).toEqual([
    "twilio received",
    "practice-fusion processed",
  ]);
  expect(JSON.stringify(all)).not.toMatch(/friday|testerly|5550168/i);
  expect(await list(clinic, "--source", "practice-fusion", "--limit", "1")).toEqual([all[1]]);
  const { out } = await verb("inbox", "list", clinic.slug, "--status", "received");
  expect(out).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}received {3}twilio {2}inb_\w+\n$/);
  const before = await trace(clinic);
  expect((await verb("inbox", "replay", clinic.slug, all[1].id)).out).toBe("still processed\n");
  expect((await verb("inbox", "replay", clinic.slug, all[0].id)).out).toBe("still received\n");
  expect(await trace(clinic)).toEqual(before);
});

test("another clinic's message and one that never was are not there; a wrong command line exits 2", async () => {
  const [mine, other] = [await addLine(desk, "+12025550169"), await desk.addTenant()];
  await mine.text("+12025550170", "Hello?");
  const [{ id }] = await list(mine);
  const runs = await Promise.all([
    verb("inbox", "replay", other.slug, id),
    verb("inbox", "replay", mine.slug, "inb_0"),
    verb("inbox", "list", "no-such-clinic"),
    verb("inbox", "replay", mine.slug),
    verb("inbox", "list", mine.slug, "--status", "lost"),
    verb("inbox", "list", mine.slug, "--days", "0"),
    verb("inbox", "list", "--help"),
  ]);
  expect(runs.map(({ exit }) => exit)).toEqual([1, 1, 1, 2, 2, 2, 0]);
  expect(runs[0]?.err).toContain("no such message");
});

/** A clinic whose store refuses to record a choice, until the trigger is dropped. */
async function brokenLine(number: string): Promise<Line> {
  const clinic = await addLine(desk, number);
  await clinic.db.run(breakingTrigger("INSERT"));
  return clinic;
}

function breakingTrigger(on: "INSERT" | "UPDATE") {
  return sql.raw(`CREATE TRIGGER broken BEFORE ${on} ON opt_outs BEGIN SELECT RAISE(ABORT, 'broken'); END`);
}

function say(clinic: Line, sid: string, from: string, body: string): Promise<Response> {
  return postAsTwilio(desk, inboundUrl(desk, clinic), { MessageSid: sid, From: from, To: clinic.number, Body: body });
}

async function optOuts(clinic: Clinic): Promise<string[]> {
  const rows = await clinic.db.all<{ source: string; endedAt: number | null }>(
    sql`SELECT source, ended_at AS endedAt FROM opt_outs ORDER BY at, source`,
  );
  return rows.map(({ source, endedAt }) => `${source} ${endedAt === null ? "live" : "ended"}`);
}

/** All that handling a message may change. */
async function trace(clinic: Clinic) {
  return [
    await clinic.db.all(sql`SELECT * FROM inbound_messages ORDER BY id`),
    await clinic.db.all(sql`SELECT * FROM opt_outs ORDER BY id`),
    await clinic.db.all(sql`SELECT * FROM alarms ORDER BY id`),
    await clinic.db.all(sql`SELECT * FROM audit ORDER BY seq`),
    await clinic.db.all(sql`SELECT * FROM appointments ORDER BY id`),
  ];
}
