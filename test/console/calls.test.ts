import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Line } from "../clinic-line.ts";
import { addRemindingLine, pushVisits, reminder, saveNudge, visitIn } from "../engagement/nudge-line.ts";
import { mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

let desk: ConsoleDesk;
let fay: Visitor;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  fay = await signIn(desk, "front_desk");
});
afterAll(() => desk?.close());

/** A clinic where each of these people has a visit ahead whose reminder ended so. */
async function withEnded(number: string, ends: Record<string, string>): Promise<Line> {
  const clinic = await addRemindingLine(desk, number);
  await saveNudge(desk, clinic, reminder());
  const names = Object.keys(ends);
  await pushVisits(
    clinic,
    names.map((patientName, index) => visitIn(400 + index, { patientName, phone: `+1202555014${index}` })),
  );
  const visits = await clinic.db.all<{ id: string }>(sql`SELECT id FROM appointments ORDER BY starts_at`);
  for (const [index, { id }] of visits.entries()) {
    const [status, reason] = (ends[names[index] ?? ""] ?? "").split(" ");
    await clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, appointment_id, nudge_id, office_id, channel,
        template_key, template_version, status, reason, due_at, not_after_at, created_at, updated_at)
      SELECT ${`tch_${index}`}, ${`k${index}`}, 'nudge', patient_id, appointments.id, nudges.id, office_id, 'sms', 'reminder', 1,
        ${status}, ${reason ?? null}, 1, 1, 1, 1 FROM appointments, nudges WHERE appointments.id = ${id}`);
  }
  return clinic;
}

const listOf = async (clinic: Line, query = "") =>
  rowsOf(await (await fay.get(`/t/${clinic.slug}/calls${query}`)).text());

test("whom no message could tell of a visit is on the call list with time, number and reason; nobody else is", async () => {
  const clinic = await withEnded("+12025550186", {
    "LANA LANDLINE": "skipped landline",
    "UMA UNREACHABLE": "undelivered unreachable",
    "OPAL OPTEDOUT": "skipped opted_out",
    "TESS TOLD": "delivered",
    "HAL HOLDOUT": "skipped holdout",
    "DORA DONOTCALL": "skipped no_phone",
  });
  await clinic.db.run(
    sql`UPDATE patients SET do_not_contact = 1 WHERE id = (SELECT patient_id FROM touches WHERE id = 'tch_5')`,
  );
  const rows = await listOf(clinic);
  expect(rows.map(([, person, why]) => [person, why])).toEqual([
    ["Lana Landline (202) 555-0140", "landline Visit reminder"],
    ["Uma Unreachable (202) 555-0141", "number not in use Visit reminder"],
    ["Opal Optedout (202) 555-0142", "opted out Visit reminder"],
  ]);
  const reads = await clinic.db.all(sql`SELECT actor FROM audit WHERE action = 'calls.read'`);
  expect(reads).toEqual([{ actor: "staff:desk@commonground.example" }]);
});

test("what came of a call is kept with who made it; no answer comes back later; of two who note one, the second is told", async () => {
  const clinic = await withEnded("+12025550187", { "LANA LANDLINE": "skipped landline" });
  const [visit] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM appointments`);
  const note = async (outcome: string, last = "") => {
    const answer = await fay.post(`/t/${clinic.slug}/calls/${visit?.id}`, { outcome, last });
    return answer.headers.get("location")?.split("=")[1] ?? answer.status;
  };
  expect(await note("shouted")).toBe(400);
  expect(await note("no_answer")).toBe("call-recorded");
  expect(await note("reached")).toBe("gone");
  expect(await listOf(clinic)).toEqual([]);
  expect((await listOf(clinic, "?show=later"))[0]?.[3]).toMatch(
    /No answer, .* desk@commonground\.example; again after/,
  );
  await clinic.db.run(sql`UPDATE calls SET again_at = ${Date.now() - 1}`);
  expect(await listOf(clinic)).toHaveLength(1);
  const [call] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM calls`);
  expect(await note("left_message", call?.id)).toBe("call-recorded");
  expect((await listOf(clinic, "?show=done"))[0]?.[3]).toMatch(/^Left a message/);
  const events = await clinic.db.all(sql`SELECT actor, entity_id, details FROM audit WHERE action = 'call.recorded'`);
  const who = { actor: "staff:desk@commonground.example", entity_id: visit?.id };
  expect(events).toEqual([
    { ...who, details: '{"outcome":"no_answer"}' },
    { ...who, details: '{"outcome":"left_message"}' },
  ]);
});

test("the call list takes no made-up cursor, order or filter, cuts a huge page, and knows no other clinic's visit [BAD-70] [BAD-71] [BAD-72] [BAD-73]", async () => {
  const clinic = await withEnded("+12025550188", {
    "LANA LANDLINE": "skipped landline",
    "LEO LANDLINE": "skipped landline",
  });
  const other = await addRemindingLine(desk, "+12025550189");
  const path = `/t/${clinic.slug}/calls`;
  const id = `apt_${"0".repeat(32)}`;
  for (const query of [
    "show=all",
    "show=done;drop",
    "after=x",
    `after=1700000000000.${id}'`,
    `after=1.${id}`,
    "limit=0",
  ])
    expect([query, (await fay.get(`${path}?${encodeURI(query)}`)).status]).toEqual([query, 400]);
  expect(await listOf(clinic, "?limit=1e9")).toHaveLength(2);
  const first = await (await fay.get(`${path}?limit=1`)).text();
  const next = /calls(\?show=open&amp;after=[^"]+)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
  expect([rowsOf(first)[0]?.[1], (await listOf(clinic, next))[0]?.[1]]).toEqual([
    "Lana Landline (202) 555-0140",
    "Leo Landline (202) 555-0141",
  ]);
  const [visit] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM appointments`);
  expect((await fay.post(`/t/${other.slug}/calls/${visit?.id}`, { outcome: "reached", last: "" })).status).toBe(404);
  expect(mainOf(await (await fay.get(`/t/${other.slug}/calls`)).text())).toContain("Nobody is to be called now.");
  expect(await clinic.db.all(sql`SELECT 1 FROM calls`)).toEqual([]);
});
