import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness.ts";
import { seenVisit, todayIn } from "../visits.ts";
import { clinicDay, type DayClinic, mainOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let clinic: DayClinic;
let fay: Awaited<ReturnType<typeof signIn>>;
beforeAll(async () => {
  desk = await startConsole();
  clinic = await clinicDay(desk);
  fay = await signIn(desk, "front_desk");
});
afterAll(() => desk?.close());

const search = (form: Record<string, string>) => fay.post(`/t/${clinic.slug}/why`, form);
const birthDate = "1984-03-09";

/** The patient's page, by name. */
async function story(name: string): Promise<string> {
  const found = await search({ name, birthDate });
  expect([name, found.status]).toEqual([name, 303]);
  return mainOf(await (await fay.get(found.headers.get("location") ?? "")).text());
}

test("a patient is found by name and birth date however it is typed, or by phone; nobody else is", async () => {
  const targets = await Promise.all(
    [
      { name: "Anna Answered", birthDate },
      { name: "  anna   ANSWERED", birthDate },
      { name: "Answered, Anna", birthDate },
      { phone: clinic.phoneOf("answered") },
      { phone: `(${clinic.phoneOf("answered").slice(2, 5)}) 555-${clinic.phoneOf("answered").slice(-4)}` },
    ].map(async (form) => (await search(form)).headers.get("location")),
  );
  expect(new Set(targets).size).toBe(1);
  expect(targets[0]).toMatch(/\/why\/pat_[0-9a-f]{32}$/);
  for (const form of [
    { name: "Anna Answered", birthDate: "1984-03-10" },
    { name: "Anna", birthDate },
    { phone: "202-555-0199" },
  ]) {
    const nobody = await search(form);
    expect([nobody.status, await nobody.text()]).toEqual([200, expect.stringContaining("Nobody was found")]);
  }
  for (const form of [{ name: "Anna Answered" }, { phone: "12" }, { name: "Anna Answered", birthDate: "09.03.1984" }]) {
    const refused = await search(form);
    expect(refused.status).toBe(400);
    const typed = Object.entries(form).find(([name]) => name !== "birthDate")?.[1];
    expect(await refused.text()).toContain(`value="${typed}"`);
  }
});

test("a number of a whole family lists its people, for staff to choose", async () => {
  const page = mainOf(await (await search({ phone: clinic.phoneOf("family") })).text());
  expect(page).toContain("2 people have had this number");
  expect(page).toMatch(/Delia Delivered born Mar 9, 1984/);
  expect(page).toMatch(/Finn Delivered born May 4, 2012/);
});

test("a text that arrived is told from plan to phone; one that did not names the check that stopped it", async () => {
  const answered = await story("Anna Answered");
  expect(answered).toMatch(/Survey invitation.*planned for.*handed over, taken, 1 segment.*delivered to the phone/);
  expect(answered).toContain("Every check had passed when it was handed over.");
  const phoneless = await story("Nora Nophone");
  expect(phoneless).toContain("There is no phone number for this person.");
  expect(phoneless).toMatch(/The number has not opted out: yes .*There is a number that can get texts: no/);
  expect(phoneless).toMatch(/The survey is not answered yet: not asked any more/);
  const dead = await story("Uma Unreachable");
  expect(dead).toMatch(/could not be delivered, number not in use \(30005\)/);
});

test("a visit that never led to a message says which of the rules it did not meet, and which it did", async () => {
  const other = await story("Otto Othertype");
  expect(other).toContain("No message was made. Visits of this type are not asked about. (NURSE)");
  expect(other).toMatch(
    /The visit is marked as seen: yes ✓ Visits with this provider are asked about: yes ✕ Visits of this type are asked about: no/,
  );
  const cancelled = await story("Cara Cancelled");
  expect(cancelled).toContain("The schedule says “Cancelled”.");
});

test("a visit still to come says what would stand in the way, before it is too late to ask for a number", async () => {
  const booked = await story("Bo Bookedtoo");
  expect(booked).toContain("What would happen if it were asked about now");
  expect(booked).toMatch(/There is a number that can get texts: no ?There is no phone number/);
});

test("a message that waits shows each gate as it would answer at this moment", async () => {
  await clinic.db.run(
    sql`INSERT INTO pauses (id, kind, reason, by, created_at) VALUES ('pse_1', NULL, 'Texts are wrong', 'staff:x', 1)`,
  );
  await clinic.push(todayIn(), [seenVisit({ patientName: "WANDA WAITING", phone: "+12065550150" })]);
  await desk.strike(clinic);
  const waiting = await eventually(async () => {
    const page = await story("Wanda Waiting");
    return page.includes("waits: messages are paused") && page;
  });
  expect(waiting).toMatch(/Sending is not paused: not now ?Somebody paused these messages/);
  await clinic.db.run(sql`DELETE FROM pauses`);
});

test("opening a patient's page is an event about that patient, and shows up in their own trail", async () => {
  await story("Lana Landline");
  const page = await story("Lana Landline");
  expect(page).toMatch(/Patient's page opened by staff .*desk@commonground\.example/);
});

test("another clinic's patient is not there, whatever one may open elsewhere", async () => {
  const other = await desk.addTenant();
  await other.push(todayIn(), [seenVisit()]);
  const [theirs] = await other.db.all<{ id: string }>(sql`SELECT id FROM patients`);
  expect((await fay.get(`/t/${clinic.slug}/why/${theirs?.id}`)).status).toBe(404);
  expect((await fay.get(`/t/${other.slug}/why/${theirs?.id}`)).status).toBe(200);
  expect((await fay.get(`/t/${clinic.slug}/why/pat_'--`)).status).toBe(404);
});

test("no name, number or birth date reaches the log, however it was looked for", async () => {
  const log = desk.edge.logs.join("\n");
  for (const secret of [
    "Answered",
    "ANSWERED",
    "1984-03-09",
    clinic.phoneOf("answered"),
    clinic.phoneOf("answered").slice(2),
  ]) {
    expect(log).not.toContain(secret);
  }
});

test("an admin is told how a person gets all that is held on them, or is forgotten; others are not", async () => {
  const admin = await signIn(desk, "admin");
  const found = await search({ name: "Anna Answered", birthDate });
  const path = found.headers.get("location") ?? "";
  const [shown, hidden] = await Promise.all(
    [admin, fay].map(async (each) => mainOf(await (await each.get(path)).text())),
  );
  const patient = path.split("/").at(-1);
  expect(shown).toContain(`hearback person export ${clinic.slug} --patient ${patient}`);
  expect(shown).toContain(`hearback person erase ${clinic.slug} --patient ${patient} --dry-run`);
  expect(hidden).not.toContain("hearback person");
});
