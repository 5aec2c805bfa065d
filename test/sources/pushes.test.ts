import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nextDigest } from "../../edge/contract/appointments.ts";
import { alarmsOf } from "../clinic-line.ts";
import { type Clinic, type Desk, startDesk } from "../harness.ts";
import { head, sendRaw } from "../raw-http.ts";
import { seenVisit } from "../visits.ts";

let desk: Desk;
let clinic: Clinic;
beforeAll(async () => {
  desk = await startDesk();
  clinic = await desk.addTenant();
});
afterAll(() => desk?.close());

const on = seenVisit().startsAt.slice(0, 10);

describe("a push whose time is off by more than five minutes is refused", () => {
  test.each([-301, 302])("a push %i seconds off is refused [BAD-34]", async (seconds) => {
    const at = new Date(Date.now() + seconds * 1000);
    const answer = await clinic.send("/appointments", await chunkOf([]), { at });
    expect(answer.status).toBe(401);
  });

  test("a push without any signature, or signed by a key that is not known, is refused [BAD-34]", async () => {
    const url = `${desk.edge.url}/t/${clinic.slug}/api/v1/appointments`;
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
    const key = { ...clinic.key, id: `apk_${"0".repeat(32)}` };
    expect((await clinic.send("/appointments", await chunkOf([]), { key })).status).toBe(401);
  });
});

test("a replayed push answers as before and changes nothing; its id with another body is a conflict [BAD-35]", async () => {
  const mine = await desk.addTenant();
  const chunk = await chunkOf([seenVisit()]);
  const first = await mine.send("/appointments", chunk, { id: "msg_replay" });
  const again = await mine.send("/appointments", chunk, { id: "msg_replay" });
  expect([first.status, again.status]).toEqual([200, 200]);
  expect(await again.json()).toEqual(await first.json());
  expect(await count(mine, "appointments")).toBe(1);
  const other = await mine.send("/appointments", await chunkOf([seenVisit({ provider: "CNS" })]), { id: "msg_replay" });
  expect(other.status).toBe(409);
  expect(await count(mine, "appointments")).toBe(1);
});

test("twenty copies of one push at once store it once, and each gets the same answer", async () => {
  const mine = await desk.addTenant();
  const chunk = await chunkOf([seenVisit()]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => mine.send("/appointments", chunk)));
  const replies = await Promise.all(answers.map(async (answer) => JSON.stringify(await answer.json())));
  expect(new Set(replies).size, replies.join("\n")).toBe(1);
  expect(await count(mine, "appointments")).toBe(1);
});

describe("a snapshot that is not whole is not applied", () => {
  test("out of order, skipped, other content in one place, wrong count, wrong digest: 409 each, and nothing is removed [BAD-36]", async () => {
    const mine = await desk.addTenant();
    await mine.push(on, [seenVisit(), seenVisit({ patientName: "ASH PLACEHOLDER" })]);
    const runId = randomUUID();
    const rows = [seenVisit()];
    const digest = await nextDigest("", rows);
    const send = (change: object) =>
      mine.send("/appointments", { runId, source: "practice-fusion", on, sequence: 0, rows, ...change });
    expect((await send({ sequence: 1 })).status).toBe(409);
    expect((await send({ end: { count: 2, digest, layout: "print" } })).status).toBe(409);
    expect((await send({ end: { count: 1, digest: "0".repeat(64), layout: "print" } })).status).toBe(409);
    expect((await send({})).status).toBe(200);
    expect((await send({ rows: [] })).status).toBe(409);
    expect((await send({ sequence: 2 })).status).toBe(409);
    const [row] = await mine.db.all<{ removed: number }>(sql`SELECT count(removed_at) AS removed FROM appointments`);
    expect(row?.removed).toBe(0);
    const open = await mine.db.all(sql`SELECT id FROM snapshots WHERE status = 'open'`);
    expect(open).toHaveLength(1);
    // The rest arrives: now the one that is gone is removed.
    const whole = await nextDigest(digest, []);
    const last = await send({ sequence: 1, rows: [], end: { count: 1, digest: whole, layout: "print" } });
    expect(await last.json()).toMatchObject({ snapshot: "applied", removed: 1 });
    expect((await send({ sequence: 2, rows: [] })).status).toBe(409);
  });
});

test("an empty day after full ones is held for staff and removes nothing [BAD-37]", async () => {
  const mine = await desk.addTenant();
  const people = Array.from({ length: 40 }, (_, index) => seenVisit({ patientName: `SKY SAMPLE${index}` }));
  await mine.push(on, people);
  const empty = await mine.push(on, []);
  expect(await empty.json()).toMatchObject({ snapshot: "held", removed: 0 });
  const [row] = await mine.db.all<{ live: number }>(
    sql`SELECT count(*) AS live FROM appointments WHERE removed_at IS NULL`,
  );
  expect(row?.live).toBe(40);
  expect(await alarmsOf(mine)).toEqual(["fewer_rows_than_usual"]);
});

test("dates that are not there are told row by row, and the rows beside them are kept [BAD-38]", async () => {
  const springForward = "2026-03-08";
  const wrong = [
    "1900-01-01T10:00",
    "2099-01-01T10:00",
    "2026-02-30T10:00",
    "2026-03-08T02:30",
    "2026-03-08T10:00-05:00",
    "10:00",
  ];
  const rows = [...wrong, "2026-03-08T03:30"].map((startsAt) => seenVisit({ startsAt }));
  const reply = (await (await clinic.push(springForward, rows)).json()) as {
    outcomes: { outcome: string; reason?: string }[];
  };
  expect(reply.outcomes.map(({ outcome }) => outcome)).toEqual([...wrong.map(() => "rejected"), "created"]);
  for (const { outcome, reason } of reply.outcomes) if (outcome === "rejected") expect(reason).toMatch(/^startsAt/);
  expect(reply.outcomes[3]?.reason).toContain("the clock skips this time");
  const born = await clinic.push(
    on,
    ["1984-02-30", "1899-01-01", "2999-01-01", "03/09/1984"].map((birthDate) => seenVisit({ birthDate })),
  );
  const { outcomes } = (await born.json()) as typeof reply;
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(4).fill("rejected"));
});

test("numbers that cannot be dialled are no numbers, malformed ones reject the row, and foreign ones are kept [BAD-39]", async () => {
  const mine = await desk.addTenant();
  const phones = [
    "+12025550101 ext 5",
    "+1202555CALL",
    "911",
    "72345",
    "2025550101",
    "+19005550100",
    "+11235550100",
    "+4740000000",
  ];
  const rows = phones.map((phone, index) => seenVisit({ phone, patientName: `SKY SAMPLE${index}` }));
  const { outcomes } = (await (await mine.push(on, rows)).json()) as {
    outcomes: { outcome: string; reason?: string }[];
  };
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([...Array(5).fill("rejected"), ...Array(3).fill("created")]);
  for (const { reason } of outcomes.slice(0, 5)) expect(reason).toBe("phone: expected E.164, such as +12025550101");
  const problems = await mine.db.all<{ problem: string | null }>(
    sql`SELECT phone_problem AS problem FROM appointments ORDER BY phone_problem DESC`,
  );
  expect(problems.map(({ problem }) => problem)).toEqual(["invalid", "invalid", null]);
});

test("names of one word, with emoji or apostrophes are people; empty and endless ones are not [BAD-40]", async () => {
  const mine = await desk.addTenant();
  const names = ["RIVER", "🌊 TESTERLY", "D'ARCY O'TESTERLY-SAMPLE", "Ø", "", "   ", "N".repeat(500)];
  const { outcomes } = await pushed(
    mine,
    names.map((patientName) => seenVisit({ patientName })),
  );
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([...Array(4).fill("created"), ...Array(3).fill("rejected")]);
});

test("markup in a value is text, and stays sealed [BAD-41]", async () => {
  const mine = await desk.addTenant();
  const name = '<img src=x onerror="alert(1)">&nbsp;TESTERLY';
  const { outcomes } = await pushed(mine, [seenVisit({ patientName: name, nickname: "<script>alert(1)</script>" })]);
  expect(outcomes).toMatchObject([{ outcome: "created" }]);
  const everything = JSON.stringify([
    await mine.db.all(sql`SELECT * FROM patients`),
    await mine.db.all(sql`SELECT * FROM appointments`),
    await mine.db.all(sql`SELECT * FROM inbound_messages`),
  ]);
  expect(everything).not.toMatch(/onerror|script|TESTERLY|nbsp/);
});

test("two people may share a number, and one person may have two [BAD-42]", async () => {
  const mine = await desk.addTenant();
  const rows = [
    seenVisit({ patientName: "SKY SAMPLE", phone: "+12025550141" }),
    seenVisit({ patientName: "ASH SAMPLE", phone: "+12025550141" }),
    seenVisit({ patientName: "ASH SAMPLE", phone: "+12025550142", provider: "CNS" }),
  ];
  const { outcomes } = await pushed(mine, rows);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["created", "created", "created"]);
  expect(await count(mine, "patients")).toBe(2);
  const points = await mine.db.all<{ owners: number }>(
    sql`SELECT count(*) AS owners FROM contact_points GROUP BY address_key ORDER BY owners`,
  );
  expect(points.map(({ owners }) => owners)).toEqual([1, 2]);
});

test("a status nobody knows, a new column and swapped columns: the row is rejected by field, never repeating what was sent [BAD-43]", async () => {
  const mine = await desk.addTenant();
  const rows = [
    seenVisit({ status: "Beamed up 03/09/1984" }),
    seenVisit({ phone: "1984-03-09", birthDate: "+12025550101" }),
    seenVisit({ status: "RIVER TESTERLY", patientName: "Seen" }),
    seenVisit({ provider: 7, startsAt: null }),
    "RIVER TESTERLY",
    seenVisit({ insurance: "new column", patientPhone: "+12025550102" }),
  ];
  const { outcomes } = await pushed(mine, rows);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([...Array(5).fill("rejected"), "created"]);
  expect(JSON.stringify(outcomes)).not.toMatch(/1984|202555|TESTERLY|Beamed/);
});

test("a row that cannot be read is not taken for a visit that is gone", async () => {
  const mine = await desk.addTenant();
  const [one, two, three] = ["SKY SAMPLE", "ASH SAMPLE", "RAY SAMPLE"].map((patientName) => seenVisit({ patientName }));
  await mine.push(on, [one, two, three] as object[]);
  expect(await pushed(mine, [one, two, { ...three, status: "Ready for the moon" }])).toMatchObject({ removed: 0 });
  expect(await pushed(mine, [one, two])).toMatchObject({ removed: 1 });
});

test("a reading that was overtaken by another of the same day takes off no visit that the other has shown", async () => {
  const mine = await desk.addTenant();
  const rows = ["SKY SAMPLE", "ASH SAMPLE"].map((patientName) => seenVisit({ patientName }));
  const [first, second] = [await nextDigest("", rows.slice(0, 1)), rows.slice(1)];
  const slow = { runId: randomUUID(), source: "practice-fusion", on };
  expect((await mine.send("/appointments", { ...slow, sequence: 0, rows: rows.slice(0, 1) })).status).toBe(200);
  await mine.push(on, rows);
  const end = { count: 2, digest: await nextDigest(first, second), layout: "print" };
  const last = await mine.send("/appointments", { ...slow, sequence: 1, rows: second, end });
  expect(await last.json()).toMatchObject({ snapshot: "applied", removed: 0 });
});

test("a visit that a reading takes off, and one that brings it back, are told of in the log", async () => {
  const mine = await desk.addTenant();
  const rows = ["SKY SAMPLE", "ASH SAMPLE"].map((patientName) => seenVisit({ patientName }));
  const reasons = async () => mine.db.all(sql`SELECT DISTINCT removed_reason AS why FROM appointments ORDER BY 1 DESC`);
  await mine.push(on, rows);
  await mine.push(on, rows.slice(0, 1));
  expect(await reasons()).toEqual([{ why: "absent_from_snapshot" }, { why: null }]);
  await mine.push(on, rows);
  expect(await reasons()).toEqual([{ why: null }]);
  expect(await mine.db.all(sql`SELECT before, after FROM change_log WHERE field = 'removed' ORDER BY at, id`)).toEqual([
    { before: "no", after: "absent_from_snapshot" },
    { before: "yes", after: "no" },
  ]);
});

test("a push of 100,001 rows or 50 MB is refused before it is read [BAD-44]", async () => {
  const rows = JSON.stringify(Array(100_001).fill(seenVisit())).length;
  for (const length of [rows, 50_000_000]) {
    const request = head("POST", `/t/${clinic.slug}/api/v1/appointments`, `Content-Length: ${length}`);
    expect((await sendRaw(desk.edge.url, request)).status).toBe(413);
  }
  const many = await clinic.send("/appointments", await chunkOf(Array(201).fill(seenVisit())));
  expect(many.status).toBe(400);
});

test("the key of one clinic opens no other: 403, and its own clinic hears of it [BAD-45]", async () => {
  const [owner, target] = [await desk.addTenant(), await desk.addTenant()];
  const answer = await target.send("/appointments", await chunkOf([seenVisit()]), { key: owner.key });
  expect(answer.status).toBe(403);
  expect(await count(target, "appointments")).toBe(0);
  expect(await alarmsOf(owner)).toEqual(["key_misused"]);
  expect(await alarmsOf(target)).toEqual([]);
});

async function chunkOf(rows: object[]) {
  const end = { count: rows.length, digest: await nextDigest("", rows), layout: "print" };
  return { runId: randomUUID(), source: "practice-fusion", on, sequence: 0, rows, end };
}

async function pushed(mine: Clinic, rows: unknown[]) {
  const answer = await mine.push(on, rows as object[]);
  return (await answer.json()) as { outcomes: { outcome: string; reason?: string }[]; removed: number };
}

async function count(mine: Clinic, table: string): Promise<number> {
  const [row] = await mine.db.all<{ rows: number }>(sql`SELECT count(*) AS rows FROM ${sql.raw(table)}`);
  return row?.rows ?? 0;
}
