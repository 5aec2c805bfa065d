import { load } from "cheerio";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addRemindingLine, reminder, saveNudge } from "../engagement/nudge-line.ts";
import { fieldsOf, mainOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole, type Visitor } from "./sign-in.ts";

let desk: ConsoleDesk;
let lead: Visitor;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  lead = await signIn(desk, "clinic_lead");
});
afterAll(() => desk?.close());

test("a nudge is built from parts without script: a step is added by a button, and what is saved is a draft", async () => {
  const clinic = await addRemindingLine(desk, "+12025550182");
  const own = `/t/${clinic.slug}/nudges`;
  const empty = fieldsOf(await (await lead.get(`${own}/new`)).text());
  const typed = { ...empty, name: "Day before", code: "day-before", "step.1.message": "sms:reminder" };
  const two = fieldsOf(await (await lead.post(own, { ...typed, do: "add-step" })).text());
  expect(two).toMatchObject({ ...typed, stepCount: "2" });
  const whole = {
    ...two,
    "step.2.message": "sms:reminder",
    "step.2.amount": "1",
    "step.2.unit": "days",
    "step.2.at": "17:30",
    "appointment_reminder.excludeNames": "Call Back\r\n  In Trial Call Back ",
    "appointment_reminder.skipConfirmed": "on",
  };
  const answer = await lead.post(own, { ...whole, do: "save" });
  expect(answer.headers.get("location")).toBe(`${own}/day-before?done=nudge-saved`);
  const page = mainOf(await (await lead.get(`${own}/day-before`)).text());
  expect(page).toContain("1. text, 24 hours before the visit; outside sending hours, the evening before");
  expect(page).toContain("2. text, 1 day before the visit at 5:30 PM");
  expect(page).toContain("but none called “Call Back” or “In Trial Call Back”");
  expect(page).toContain("but nobody who has confirmed by a link or a text");
  const again = fieldsOf(await (await lead.get(`${own}/day-before/edit`)).text());
  expect(again).toMatchObject({ "appointment_reminder.skipConfirmed": "on" });
  expect(await clinic.db.all(sql`SELECT status, created_by FROM nudges`)).toEqual([
    { status: "draft", created_by: "staff:lead@commonground.example" },
  ]);
});

test("what is wrong stands beside its field, all that was typed is still there, and nothing is written", async () => {
  const clinic = await addRemindingLine(desk, "+12025550183");
  const own = `/t/${clinic.slug}/nudges`;
  const empty = fieldsOf(await (await lead.get(`${own}/new`)).text());
  const typed: Record<string, string> = {
    ...empty,
    name: "",
    code: "No Spaces!",
    kind: "unseen_since",
    "unseen_since.daysFrom": "90",
    "unseen_since.daysTo": "ten",
    "purchase_aggregate.categories": "kept too",
    "step.1.amount": "1.5",
    "step.1.message": "sms:not-there",
    holdout: "70",
  };
  const answer = await lead.post(own, { ...typed, do: "save" });
  expect(answer.status).toBe(400);
  const html = await answer.text();
  expect(fieldsOf(html)).toEqual(typed);
  const $ = load(html);
  const wrong = $("[aria-invalid]")
    .toArray()
    .map((field) => [$(field).attr("id"), $(`#${$(field).attr("aria-describedby")?.replaceAll(".", "\\.")}`).text()]);
  expect(wrong).toEqual([
    ["name", "Give it a name of up to 80 letters."],
    ["code", "Give it a short name of small letters, digits and hyphens, such as reminder-day-before."],
    ["step.1.amount", "Give a whole number of hours or days, 0 for at once."],
    ["holdout", "Give a whole number from 0 to 50."],
  ]);
  const rest = { ...typed, name: "N", code: "named", "step.1.amount": "2", holdout: "0" };
  const next = load(await (await lead.post(own, { ...rest, do: "save" })).text());
  expect(
    next("[aria-invalid]")
      .toArray()
      .map((field) => next(field).attr("id")),
  ).toEqual(["unseen_since.daysTo"]);
  const last = load(await (await lead.post(own, { ...rest, "unseen_since.daysTo": "120", do: "save" })).text());
  expect(
    last("[aria-invalid]")
      .toArray()
      .map((field) => last(field).attr("id")),
  ).toEqual(["step.1.message"]);
  expect(await clinic.db.all(sql`SELECT 1 FROM nudges`)).toEqual([]);
});

test("the form of each kind of audience gives back just what is stored, and saving it unchanged changes nothing", async () => {
  const clinic = await addRemindingLine(desk, "+12025550184");
  const visit = { audience: { kind: "visit_follow_up", statuses: ["cancelled", "noshow"], providers: ["Dr. A"] } };
  const bought = {
    kind: "purchase_aggregate",
    lastDaysAgo: { from: 10, to: 400 },
    link: { days: 7 },
    categories: ["Hearing aids"],
    count: { from: 2 },
    totalMicros: { from: 1_500_000, to: 9_000_000 },
    absent: { futureAppointment: true, purchaseSinceDays: 30 },
  };
  const unseen = { kind: "unseen_since", daysAgo: { from: 90, to: 120 }, kinds: ["prospect", "patient"] };
  const step = (changes: object) => [{ channel: "sms", offsetHours: 24, template: "reminder", ...changes }];
  const nudges = [
    reminder(
      { code: "a1", priority: 3, holdoutPercent: 10, monthlyBudgetMicros: 12_500_000, activeFromOn: "2027-01-01" },
      { fallback: undefined, latePolicy: "send", minLeadMinutes: 30, expiresAfterMinutes: 90, unitCostMicros: 620_000 },
    ),
    reminder({ code: "a2", ...visit, steps: step({ anchor: "appointment_end" }) }),
    reminder({ code: "a3", audience: bought, steps: step({ anchor: "purchase", hasMediaBuy: true }) }),
    reminder({ code: "a4", audience: unseen, steps: step({ anchor: "entered_audience", offsetHours: 0 }) }),
  ];
  const stored = () =>
    clinic.db.all(sql`SELECT code, audience_kind, audience, priority, holdout_percent, max_audience, monthly_budget_micros,
        active_from_on, steps.* FROM nudges JOIN steps ON steps.nudge_id = nudges.id ORDER BY code`);
  for (const nudge of nudges) expect((await saveNudge(desk, clinic, nudge)).status).toBe(201);
  const before = await stored();
  for (const { code } of nudges) {
    const own = `/t/${clinic.slug}/nudges/${code}/edit`;
    const answer = await lead.post(own, { ...fieldsOf(await (await lead.get(own)).text()), do: "save" });
    expect([code, answer.status, answer.status === 303 ? "" : mainOf(await answer.text())]).toEqual([code, 303, ""]);
  }
  expect(await stored()).toEqual(before);
});

test("of two who change a nudge at once, the second is told, and keeps what was typed", async () => {
  const clinic = await addRemindingLine(desk, "+12025550185");
  await saveNudge(desk, clinic, reminder());
  const own = `/t/${clinic.slug}/nudges/reminder/edit`;
  const fields = fieldsOf(await (await lead.get(own)).text());
  expect((await lead.post(own, { ...fields, name: "First", do: "save" })).status).toBe(303);
  const late = await lead.post(own, { ...fields, name: "Second", do: "save" });
  const html = await late.text();
  expect([late.status, fieldsOf(html).name]).toEqual([400, "Second"]);
  expect(mainOf(html)).toContain("Somebody else changed it meanwhile.");
  expect(await clinic.db.all(sql`SELECT name FROM nudges`)).toEqual([{ name: "First" }]);
});
