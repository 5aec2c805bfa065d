import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alarmsOf, type Line } from "../clinic-line.ts";
import { activate, addRemindingLine, pushVisits, reminder, saveNudge, visitIn } from "../engagement/nudge-line.ts";
import { fieldsOf, mainOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

/** One text of a segment, by the clinic's price. */
const TEXT = 8_300;

let desk: ConsoleDesk;
let lead: Visitor;
let admin: Visitor;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  [lead, admin] = await Promise.all([signIn(desk, "clinic_lead"), signIn(desk, "admin")]);
});
afterAll(() => desk?.close());

/** A clinic whose reminder has a budget for so many texts and a half. */
async function addLimited(number: string, texts: number): Promise<Line> {
  const clinic = await addRemindingLine(desk, number);
  await activate(desk, clinic, { ...reminder(), ...limit(texts) });
  return clinic;
}
const limit = (texts: number) => ({ monthlyBudgetMicros: Math.round((texts + 0.5) * TEXT) });

/** People with a visit each, one minute after the other, so that it is known who is written to first. */
const people = (...names: string[]) =>
  names.map((name, index) =>
    visitIn(130 + index, { patientName: `${name} TESTERLY`, phone: `+1202555${4000 + index}` }),
  );

const planned = (clinic: Line) =>
  clinic.db.all<{ status: string; reason: string | null; estimate: number | null }>(
    sql`SELECT status, reason, estimate_micros AS estimate FROM touches WHERE kind = 'nudge' ORDER BY anchor_at`,
  );
const page = async (clinic: Line, path: string, who = lead) =>
  mainOf(await (await who.get(`/t/${clinic.slug}/${path}`)).text());

test("a budget stops planning: those that leave first are planned, one alarm tells, and a higher one plans the rest", async () => {
  const clinic = await addLimited("+12025550310", 2);
  await pushVisits(clinic, people("ADA", "BEN", "CAT"));
  await clinic.strike();
  expect(await planned(clinic)).toEqual([
    { status: "planned", reason: null, estimate: TEXT },
    { status: "planned", reason: null, estimate: TEXT },
  ]);
  expect(await alarmsOf(clinic)).toEqual(["budget_used_up"]);
  await clinic.db.run(sql`UPDATE alarms SET acknowledged_at = 1`);
  await clinic.strike();
  expect([(await planned(clinic)).length, await alarmsOf(clinic)]).toEqual([2, []]);
  expect(await page(clinic, "nudges/reminder")).toContain("The budget is used up");
  const [cat] = await clinic.db.all<{ id: string }>(
    sql`SELECT patient_id AS id FROM appointments ORDER BY starts_at DESC LIMIT 1`,
  );
  expect(await page(clinic, `why/${cat?.id}`)).toContain("would not be written: the budget is used up");
  await saveNudge(desk, clinic, { ...reminder(), ...limit(3) });
  await clinic.strike();
  expect((await planned(clinic)).length).toBe(3);
});

test("what a nudge used in another month says nothing about this one", async () => {
  const clinic = await addLimited("+12025550311", 1);
  await pushVisits(clinic, people("ADA", "BEN"));
  await clinic.strike();
  expect((await planned(clinic)).length).toBe(1);
  await clinic.db.run(sql`UPDATE touches SET budget_month = '2020-01' WHERE kind = 'nudge'`);
  await clinic.strike();
  expect((await planned(clinic)).length).toBe(2);
});

test("a budget stops hand-over, by the real length: what has no room is skipped and says so where anybody looks", async () => {
  const clinic = await addLimited("+12025550312", 5);
  await pushVisits(clinic, people("ADA", "BEN", "CAT"));
  await clinic.strike();
  expect((await planned(clinic)).length).toBe(3);
  // Lowered behind the planner's back: two have room, in one batch.
  await clinic.db.run(sql`UPDATE nudges SET monthly_budget_micros = ${2 * TEXT}`);
  await clinic.makeDue();
  await clinic.until("delivered", "skipped");
  const ended = await planned(clinic);
  expect(ended.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "delivered null",
    "delivered null",
    "skipped budget",
  ]);
  expect(await alarmsOf(clinic)).toEqual(["budget_used_up"]);
  const [stopped] = await clinic.db.all<{ id: string }>(
    sql`SELECT patient_id AS id FROM touches WHERE reason = 'budget'`,
  );
  const why = await page(clinic, `why/${stopped?.id}`);
  expect(why).toContain("The nudge's budget for the month, or its media buy's own, has no room for this message.");
  expect(why).toContain("The budget has room for it");
  expect(await page(clinic, "nudges/reminder/messages?show=skipped")).toContain("the budget is used up");
});

test("four fifths of a budget are told of once, before it is used up", async () => {
  const clinic = await addLimited("+12025550313", 5);
  await pushVisits(clinic, people("ADA", "BEN", "CAT", "DAN"));
  await clinic.strike();
  expect(await alarmsOf(clinic)).toEqual([]);
  await pushVisits(clinic, people("ADA", "BEN", "CAT", "DAN", "EVE"));
  await clinic.strike();
  await clinic.strike();
  const told = await clinic.db.all(sql`SELECT code, subject, seen_count AS seen FROM alarms`);
  expect(told).toEqual([{ code: "budget_nearly_used", subject: "reminder", seen: 1 }]);
});

test("the page of a nudge says what this month cost, by the carrier's own prices as they come, beside its budget", async () => {
  const clinic = await addLimited("+12025550314", 100);
  await pushVisits(clinic, people("ADA", "BEN"));
  await clinic.strike();
  await clinic.makeDue();
  await clinic.until("delivered", "skipped");
  expect(await page(clinic, "nudges/reminder")).toContain(
    "Spent $0.017 estimated; carriers say later what they charged",
  );
  desk.twilio.tune({ pricePerSegment: 0.01 });
  await clinic.db.run(sql`UPDATE attempts SET price_check_at = 0`);
  await clinic.strike();
  desk.twilio.tune({ pricePerSegment: 0.0083 });
  const own = await page(clinic, "nudges/reminder");
  expect(own).toContain("Spent $0.02 as the carriers charged it");
  expect(own).toContain("Budget $0.834");
});

test("a higher budget of a nudge that had a second person's yes waits for one, and the nudge goes on meanwhile", async () => {
  const clinic = await addLimited("+12025550315", 2);
  await clinic.db.run(sql`UPDATE nudges SET approved_by = 'staff:admin@commonground.example'`);
  const own = `/t/${clinic.slug}/nudges/reminder`;
  const form = fieldsOf(await (await lead.get(`${own}/edit`)).text());
  const now = async () =>
    (await clinic.db.all(sql`SELECT status, monthly_budget_micros AS budget FROM nudges`))[0] as object;
  const saved = await lead.post(`${own}/edit`, { ...form, budget: "5" });
  expect([saved.status, saved.headers.get("location")]).toEqual([303, `${own}?done=nudge-budget-waits`]);
  expect(await now()).toEqual({ status: "active", budget: limit(2).monthlyBudgetMicros });
  expect((await lead.post(`${own}/budget`)).status).toBe(403);
  expect(await page(clinic, "nudges/reminder", admin)).toContain("asked for $5.00 a month");
  expect((await admin.post(`${own}/budget`)).headers.get("location")).toBe(`${own}?done=nudge-budget-approved`);
  expect(await now()).toEqual({ status: "active", budget: 5_000_000 });
  expect((await admin.post(`${own}/budget`)).status).toBe(409);
  const events = await clinic.db.all(sql`SELECT actor FROM audit WHERE action = 'nudge.budget_approved'`);
  expect(events).toEqual([{ actor: "staff:admin@commonground.example" }]);
});
