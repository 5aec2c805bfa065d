import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Line } from "../clinic-line.ts";
import { activate, addRemindingLine, pushVisits, reminder, runNudges, visitIn } from "../engagement/nudge-line.ts";
import { operate } from "../operations/command.ts";
import { openVisitLink, press } from "../responses/visit-desk.ts";
import { mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

let desk: ConsoleDesk;
let fay: Visitor;
let lead: Visitor;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  [fay, lead] = await Promise.all([signIn(desk, "front_desk"), signIn(desk, "clinic_lead")]);
});
afterAll(() => desk?.close());

type Ahead = { id: string; patient_id: string; local_on: string; link: string };

/** A clinic with these people's visits ahead, and a link to each. */
async function withLinks(number: string, names: string[]): Promise<{ clinic: Line; visits: Ahead[] }> {
  const clinic = await addRemindingLine(desk, number);
  await pushVisits(
    clinic,
    names.map((patientName, index) => visitIn(150 + index, { patientName, phone: `+1202555015${index}` })),
  );
  const rows = await clinic.db.all<Omit<Ahead, "link">>(
    sql`SELECT id, patient_id, local_on FROM appointments ORDER BY starts_at`,
  );
  const visits = await Promise.all(
    rows.map(async (row) => ({ ...row, link: await openVisitLink(desk, clinic, row.id) })),
  );
  return { clinic, visits };
}

const ask = (link: string, wish: string, words = "") => press(link, { wish, words }, `${link}/time`);

test("Today and Why say that the patient confirmed, when, and beside what the schedule says; the open page learns of it", async () => {
  const { clinic, visits } = await withLinks("+12025550150", ["CORA CONFIRMED", "SID SILENT"]);
  const [cora] = visits as [Ahead];
  const page = `/t/${clinic.slug}/today?on=${cora.local_on}`;
  const version = async () => (await fay.get(page.replace("?", "/version?"))).text();
  const before = await version();
  await press(cora.link);
  expect(await version()).not.toBe(before);
  const rows = rowsOf(await (await fay.get(page)).text());
  const seen = rows.map(([, person, visit]) => [person?.split(" ")[0], visit]);
  expect(seen).toContainEqual([
    "Cora",
    expect.stringMatching(/^Confirmed .* confirmed by the patient, \d+:\d\d [AP]M$/),
  ]);
  expect(seen.filter(([, visit]) => visit?.includes("by the patient"))).toHaveLength(1);
  const why = mainOf(await (await lead.get(`/t/${clinic.slug}/why/${cora.patient_id}`)).text());
  expect(why).toMatch(/the schedule says “Confirmed” confirmed by the patient, \d/);
  expect(why).toContain("Visit confirmed by the patient");
});

test("who asked for another time stands on the call list with wish and words, counted on Today, until staff note a call", async () => {
  const { clinic, visits } = await withLinks("+12025550151", ["ANNA ASKING", "BEA LATER"]);
  const [anna, bea] = visits as [Ahead, Ahead];
  await ask(anna.link, "morning", "Not on Mondays <b>");
  await ask(anna.link, "soon");
  await ask(bea.link, "any");
  await press(bea.link);
  const list = async (query = "") => rowsOf(await (await fay.get(`/t/${clinic.slug}/calls${query}`)).text());
  const rows = await list();
  expect(rows.map(([, person, why]) => [person, why])).toEqual([
    [
      "Anna Asking (202) 555-0150",
      expect.stringMatching(
        /^Another time: as soon as possible asked \S+ [AP]M Another time: a morning Not on Mondays <b> asked \S+ [AP]M$/,
      ),
    ],
    ["Bea Later (202) 555-0151", expect.stringMatching(/talk it over asked .* but confirmed the visit since, \d/)],
  ]);
  const today = async () => mainOf(await (await fay.get(`/t/${clinic.slug}/today?on=${anna.local_on}`)).text());
  expect(await today()).toContain("2 people asked for another time and wait for a call.");
  const noted = await fay.post(`/t/${clinic.slug}/calls/${anna.id}`, { outcome: "reached", last: "" });
  expect(noted.headers.get("location")).toMatch(/call-recorded/);
  expect((await list()).map(([, person]) => person)).toEqual(["Bea Later (202) 555-0151"]);
  expect((await list("?show=done")).map(([, person]) => person)).toEqual(["Anna Asking (202) 555-0150"]);
  expect(await today()).toContain("1 person asked for another time and waits for a call.");
  // Asked anew after the call: on the list again.
  await ask(anna.link, "soon");
  expect((await list()).map(([, person]) => person?.split(" ")[0])).toEqual(["Anna", "Bea"]);
  const [read] = await clinic.db.all<{ actor: string }>(sql`SELECT actor FROM audit WHERE action = 'calls.read'`);
  expect(read?.actor).toBe("staff:desk@commonground.example");
});

test("a wish leaves the call list when the visit is moved or cancelled at the source", async () => {
  const { clinic, visits } = await withLinks("+12025550152", ["ANNA ASKING", "BEA LATER", "CARA CANCELLED"]);
  for (const { link } of visits) await ask(link, "afternoon");
  const people = async () =>
    rowsOf(await (await fay.get(`/t/${clinic.slug}/calls`)).text()).map(([, person]) => person?.split(" ")[0]);
  expect(await people()).toEqual(["Anna", "Bea", "Cara"]);
  await clinic.db.run(sql`UPDATE appointments SET starts_at = starts_at + 86400000 WHERE id = ${visits[1]?.id}`);
  await clinic.db.run(sql`UPDATE appointments SET status = 'cancelled' WHERE id = ${visits[2]?.id}`);
  expect(await people()).toEqual(["Anna"]);
});

test("a nudge can leave out who has confirmed: preview, explanation and run say so, and what waits is called off", async () => {
  const { clinic, visits } = await withLinks("+12025550153", ["CORA CONFIRMED", "SID SILENT"]);
  const [cora] = visits as [Ahead];
  const audience = { kind: "appointment_reminder", skipConfirmed: true };
  const all = reminder({ code: "all" }, { offsetHours: -4 });
  const some = reminder({ code: "some", audience }, { offsetHours: -4 });
  await activate(desk, clinic, all);
  await activate(desk, clinic, some);
  await clinic.db.run(sql`INSERT INTO pauses (id, reason, by, created_at) VALUES ('pse_1', 'a test', 'x', 1)`);
  await runNudges(desk, clinic);
  const touches = () =>
    clinic.db.all<{
      code: string;
      status: string;
      reason: string | null;
    }>(sql`SELECT code, touches.status, reason FROM touches
      JOIN nudges ON nudges.id = nudge_id WHERE appointment_id = ${cora.id} ORDER BY code`);
  await press(cora.link);
  const preview = await operate(desk, "nudge", "preview", clinic.slug, "some");
  expect(preview.document).toMatchObject({ steps: [{ out: { already_confirmed: 1 } }] });
  const { document } = await operate(desk, "nudge", "explain", clinic.slug, cora.patient_id);
  const verdicts = (document as { code: string; outcome: string; reason: string | null }[]).filter(
    ({ code }) => code === "some",
  );
  expect(verdicts).toMatchObject([{ outcome: "no", reason: "already_confirmed" }]);
  await clinic.db.run(sql`UPDATE pauses SET lifted_at = 1`);
  await clinic.makeDue();
  await clinic.until("accepted", "sent", "delivered", "cancelled");
  expect(await touches()).toMatchObject([
    { code: "all", reason: null },
    { code: "some", status: "cancelled", reason: "already_confirmed" },
  ]);
  expect(clinic.said("+12025550150")).toHaveLength(1);
  expect(clinic.said("+12025550151")).toHaveLength(2);
});

test("who asked for another time gets no reminder of this one, planned before or after, until the desk notes a call, the visit moves, or they confirm after all", async () => {
  const names = ["ANNA CALLED", "BEA CONFIRMING", "CORA MOVED", "DORA WAITING", "EVE SILENT"];
  const { clinic, visits } = await withLinks("+12025550155", names);
  const [anna, bea, cora, dora] = visits as [Ahead, Ahead, Ahead, Ahead];
  // Planned before the wish: held back at hand-off.
  await activate(desk, clinic, reminder({ code: "before" }, { offsetHours: -4, latePolicy: "send" }));
  await clinic.db.run(sql`INSERT INTO pauses (id, reason, by, created_at) VALUES ('pse_1', 'a test', 'x', 1)`);
  await runNudges(desk, clinic);
  for (const { link } of [anna, bea, cora, dora]) await ask(link, "any");
  // Not planned before it: not planned now.
  await activate(desk, clinic, reminder({ code: "after" }, { offsetHours: -3, latePolicy: "send" }));
  await runNudges(desk, clinic);
  const after = sql`SELECT status FROM touches WHERE nudge_id = (SELECT id FROM nudges WHERE code = 'after')`;
  expect(await clinic.db.all(after)).toEqual([{ status: "planned" }]);
  const { document } = await operate(desk, "nudge", "explain", clinic.slug, anna.patient_id);
  expect(document).toMatchObject([
    { code: "after", outcome: "no", reason: "wants_another_time" },
    { code: "before", outcome: "no", reason: "wants_another_time" },
  ]);
  await clinic.db.run(sql`UPDATE pauses SET lifted_at = 1`);
  await clinic.makeDue();
  await clinic.until("accepted", "sent", "delivered", "cancelled");
  const said = () => names.map((_, index) => clinic.said(`+1202555015${index}`).length);
  expect(await said()).toEqual([0, 0, 0, 0, 2]);
  const why = async (person: Ahead) =>
    mainOf(await (await lead.get(`/t/${clinic.slug}/why/${person.patient_id}`)).text());
  expect(await why(dora)).toContain("Visit reminder, step 1: would not be written: asked for another time");
  expect(await why(dora)).toContain("Reminders of this one are held back until the desk has noted a call");

  await fay.post(`/t/${clinic.slug}/calls/${anna.id}`, { outcome: "reached", last: "" });
  await fay.post(`/t/${clinic.slug}/calls/${dora.id}`, { outcome: "no_answer", last: "" });
  await press(bea.link);
  await clinic.db.run(sql`UPDATE appointments SET starts_at = starts_at + 1200000, needs_planning = 1,
    updated_at = updated_at + 1 WHERE id = ${cora.id}`);
  await runNudges(desk, clinic);
  await clinic.wake();
  await clinic.until("accepted", "sent", "delivered", "cancelled");
  expect(await said()).toEqual([2, 2, 2, 0, 2]);
  // Asked anew after the call: what has not been said by then waits again.
  await ask(anna.link, "soon");
  await activate(desk, clinic, reminder({ code: "last" }, { offsetHours: -4, latePolicy: "send" }));
  await runNudges(desk, clinic);
  await clinic.wake();
  await clinic.until("accepted", "sent", "delivered", "cancelled");
  expect(await said()).toEqual([2, 3, 3, 0, 3]);
});

test("what the source says since wins: a visit that was cancelled after the patient confirmed is not confirmed when it comes back", async () => {
  const { clinic, visits } = await withLinks("+12025550154", ["CORA CONFIRMED"]);
  const [cora] = visits as [Ahead];
  await press(cora.link);
  const stored = async () =>
    (await clinic.db.all(sql`SELECT status, confirmed_for_at IS NOT NULL AS confirmed FROM appointments`))[0];
  const push = async (status: string) => {
    await clinic.db.run(
      sql`UPDATE appointments SET status = ${status}, needs_planning = 1, updated_at = updated_at + 1`,
    );
    await clinic.strike();
  };
  await push("pending");
  expect(await stored()).toEqual({ status: "pending", confirmed: 1 });
  await push("cancelled");
  expect(await stored()).toEqual({ status: "cancelled", confirmed: 0 });
  await push("booked");
  expect(await stored()).toEqual({ status: "booked", confirmed: 0 });
  const events = await clinic.db.all(
    sql`SELECT action FROM audit WHERE entity_id = ${cora.id} AND action LIKE 'visit.%'`,
  );
  expect(events).toEqual([{ action: "visit.confirmed" }, { action: "visit.confirmation_ended" }]);
});
