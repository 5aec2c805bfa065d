import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Desk, eventually, operator, startDesk } from "../harness.ts";
import { activate, addRemindingLine, pushVisits, reminder, runNudges, saveNudge, visitIn } from "./nudge-line.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk({ RECONCILE_AFTER_SECONDS: "1" });
});
afterAll(() => desk?.close());

test("a visit ahead is told of once, however often the nudges run; a repeated run counts a duplicate [NUDGE-4]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550120");
  await activate(desk, clinic, reminder());
  await pushVisits(clinic, [visitIn(130, { phone: "+12025550121" })]);
  await clinic.until("planned", "delivered");
  await runNudges(desk, clinic);
  expect(await runNudges(desk, clinic)).toMatchObject({ planned: 0, duplicates: 1 });
  await clinic.makeDue();
  await clinic.until("delivered");
  expect(clinic.said("+12025550121")).toEqual(["Sample Clinic: you have a visit with us soon."]);
});

test("only visits not confirmed and confirmed are told of [NUDGE-2]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550122");
  await activate(desk, clinic, reminder());
  const words = ["Not Confirmed", "Confirmed", "Cancelled", "Seen"];
  await pushVisits(
    clinic,
    words.map((status, index) =>
      visitIn(130, { status, phone: `+1202555014${index}`, patientName: `SAM TEST${"ABCD"[index]}` }),
    ),
  );
  await clinic.strike();
  await eventually(async () => (await clinic.touches()).filter(({ kind }) => kind === "nudge").length === 2);
  const rows = await clinic.db.all<{ status: string }>(sql`SELECT appointments.source_status AS status FROM touches
    JOIN appointments ON appointments.id = touches.appointment_id WHERE kind = 'nudge' ORDER BY 1`);
  expect(rows.map(({ status }) => status)).toEqual(["Confirmed", "Not Confirmed"]);
});

test("visits whose whole name is left out are not told of, however it is spaced or written [NUDGE-3]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550123");
  await activate(desk, clinic, reminder());
  const names = ["in trial  call back", "Call Back", "Call Back – new"];
  await pushVisits(
    clinic,
    names.map((type, index) =>
      visitIn(130, { type, phone: `+1202555015${index}`, patientName: `ROBIN TEST${"ABC"[index]}` }),
    ),
  );
  await clinic.strike();
  await eventually(async () => (await clinic.touches()).length === 2);
  const rows = await clinic.db.all<{ name: string }>(sql`SELECT appointments.service_type AS name FROM touches
    JOIN appointments ON appointments.id = touches.appointment_id ORDER BY 1`);
  expect(rows.map(({ name }) => name)).toEqual(["Call Back", "Call Back – new"]);
});

test("a visit that is cancelled before its reminder left ends it with that reason, and nothing is sent [NUDGE-21]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550124");
  await activate(desk, clinic, reminder());
  const visit = visitIn(150, { phone: "+12025550125" });
  await pushVisits(clinic, [visit]);
  await clinic.until("planned");
  await pushVisits(clinic, [{ ...visit, status: "Cancelled" }]);
  expect(await clinic.until("cancelled")).toMatchObject([{ kind: "nudge", reason: "other_status" }]);
  expect(clinic.said("+12025550125")).toEqual([]);
});

test("a visit moved after its reminder gets one for the new time; moved twice before, it gets one in all [NUDGE-25]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550126");
  await activate(desk, clinic, reminder());
  const phone = "+12025550127";
  await pushVisits(clinic, [visitIn(100, { phone })]);
  await clinic.until("delivered");
  // As a source does that knows its visits by an id of its own.
  const moveTo = async (minutes: number) => {
    await clinic.db.run(sql`UPDATE appointments SET starts_at = ${Date.now() + minutes * 60_000}, needs_planning = 1,
      updated_at = updated_at + 1`);
    await clinic.strike();
  };
  await moveTo(150);
  await moveTo(170);
  await clinic.makeDue();
  const touches = await clinic.until("delivered", "cancelled");
  expect(touches.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "cancelled visit_moved",
    "delivered null",
    "delivered null",
  ]);
  expect(clinic.said(phone)).toHaveLength(2);
});

test("a nudge's criteria are data: a query text, an unknown kind or field is refused by name and nothing is written [BAD-76]", async () => {
  const clinic = await addRemindingLine(desk, "+12025550128");
  const bad = [
    [{ kind: "sql", query: "SELECT * FROM patients" }, "audience.kind"],
    [{ kind: "appointment_reminder", where: "1=1; DROP TABLE patients" }, "audience"],
    [{ kind: "appointment_reminder", statuses: ["booked') OR 1=1 --"] }, "audience.statuses.0"],
    [
      { kind: "purchase_aggregate", link: "source", lastDaysAgo: { from: "0 OR 1=1", to: 5 } },
      "audience.lastDaysAgo.from",
    ],
  ] as const;
  for (const [audience, field] of bad) {
    const answer = await saveNudge(desk, clinic, reminder({ audience }));
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { problems: { field: string }[] }).problems.map((each) => each.field)).toContain(
      field,
    );
  }
  expect(await clinic.db.all(sql`SELECT 1 FROM nudges`)).toEqual([]);
});

test("a nudge that could never be said to anybody is refused by name: days that end before they begin, the start of a visit that is over", async () => {
  const clinic = await addRemindingLine(desk, "+12025550185");
  const followUp = { audience: { kind: "visit_follow_up" } };
  const bought = { kind: "purchase_aggregate", link: "source", lastDaysAgo: { from: 9, to: 5 } };
  const never = [
    [reminder({ activeFromOn: "2027-03-02", activeToOn: "2027-03-01" }), "activeToOn"],
    [reminder({ audience: bought }, { anchor: "purchase", offsetHours: 1 }), "audience.lastDaysAgo"],
    [reminder(followUp, { offsetHours: 0 }), "steps.0.offsetHours"],
  ] as const;
  for (const [nudge, field] of never) {
    const answer = await saveNudge(desk, clinic, nudge);
    expect([field, answer.status]).toEqual([field, 400]);
    expect(await answer.json()).toMatchObject({ problems: [{ field }] });
  }
  const atItsEnd = reminder(followUp, { anchor: "appointment_end", offsetHours: 0 });
  expect((await saveNudge(desk, clinic, atItsEnd)).status).toBe(201);
});

test("marketing waits for a second person; whoever wrote it cannot approve it", async () => {
  const clinic = await addRemindingLine(desk, "+12025550129");
  const nudge = reminder({ category: "marketing" });
  expect(await (await saveNudge(desk, clinic, nudge)).text()).toContain("no marketing sms template reminder");
  await clinic.db.run(sql`UPDATE message_templates SET category = 'marketing' WHERE key = 'reminder'`);
  await saveNudge(desk, clinic, nudge);
  const change = async () => {
    const answer = await operator(desk.edge, "/admin/v1/nudges/change", {
      tenant: clinic.slug,
      code: "reminder",
      to: "active",
    });
    return [answer.status, ((await answer.json()) as { status: string | number }).status];
  };
  expect(await change()).toEqual([200, "waiting"]);
  expect(await change()).toEqual([403, 403]);
  await clinic.db.run(sql`UPDATE nudges SET created_by = 'staff:lead@clinic.example'`);
  expect(await change()).toEqual([200, "active"]);
});

test("a paused nudge holds what waits; lifted, it is said; archived, it is called off", async () => {
  const clinic = await addRemindingLine(desk, "+12025550160");
  await activate(desk, clinic, reminder());
  await pushVisits(clinic, [visitIn(130, { phone: "+12025550161" })]);
  await clinic.until("planned");
  const change = (to: string) =>
    operator(desk.edge, "/admin/v1/nudges/change", { tenant: clinic.slug, code: "reminder", to });
  await change("paused");
  await clinic.makeDue();
  await eventually(async () => {
    await clinic.strike();
    return (await clinic.touches()).some(({ reason }) => reason === "paused");
  });
  expect(clinic.said("+12025550161")).toEqual([]);
  await change("archived");
  await clinic.makeDue();
  expect(await clinic.until("cancelled")).toMatchObject([{ reason: "nudge_stopped" }]);
  expect((await change("active")).status).toBe(409);
});

test("a step that is taken out of a nudge says nothing any more, also of what waits already", async () => {
  const clinic = await addRemindingLine(desk, "+12025550180");
  const [first] = reminder().steps;
  await activate(desk, clinic, reminder({ steps: [first, { ...first, offsetHours: -1, slotMinutes: 240 }] }));
  await pushVisits(clinic, [visitIn(150, { phone: "+12025550181" })]);
  await clinic.strike();
  expect(await clinic.touches()).toMatchObject([{ status: "planned" }, { status: "planned" }]);
  expect((await saveNudge(desk, clinic, reminder())).status).toBe(201);
  await clinic.makeDue();
  const touches = await clinic.until("delivered", "cancelled");
  expect(touches.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "cancelled nudge_stopped",
    "delivered null",
  ]);
  expect(clinic.said("+12025550181")).toHaveLength(1);
});

test("a nudge at work says the new words once they are saved, to those who wait as well", async () => {
  const clinic = await addRemindingLine(desk, "+12025550182");
  await activate(desk, clinic, reminder());
  await pushVisits(clinic, [visitIn(100, { phone: "+12025550183", patientName: "SAM ONE" })]);
  await clinic.until("delivered");
  await pushVisits(clinic, [visitIn(170, { phone: "+12025550184", patientName: "SAM TWO" })]);
  await clinic.strike();
  const body = "Sample Clinic: bring your glasses to your visit.";
  const wording = { key: "reminder", channel: "sms", category: "care", wordings: { en: { body } } };
  const saved = await operator(desk.edge, "/admin/v1/templates/save", { tenant: clinic.slug, ...wording });
  expect(await saved.json()).toMatchObject({ version: 2, isNew: true });
  await clinic.strike();
  await clinic.makeDue();
  await clinic.until("delivered");
  expect(clinic.said("+12025550183")).toEqual(["Sample Clinic: you have a visit with us soon."]);
  expect(clinic.said("+12025550184")).toEqual([body]);
});

test("a preview says who would be written to and who not and why, and writes nothing", async () => {
  const clinic = await addRemindingLine(desk, "+12025550162");
  await saveNudge(desk, clinic, reminder());
  await pushVisits(clinic, [
    visitIn(130, { phone: "+12025550163", patientName: "SAM ONE" }),
    visitIn(400, { phone: "+12025550164", patientName: "SAM TWO" }),
    visitIn(140, { phone: "+12025550165", patientName: "SAM THREE", type: "In Trial Call Back" }),
  ]);
  await clinic.strike();
  const answer = await operator(desk.edge, "/admin/v1/nudges/preview", { tenant: clinic.slug, code: "reminder" });
  expect(await answer.json()).toMatchObject({ steps: [{ now: 1, out: { excluded_name: 1 }, skipped: {} }] });
  expect(await clinic.touches()).toEqual([]);
});

test("a nudge that finds more people than it may plans nobody and raises an alarm", async () => {
  const clinic = await addRemindingLine(desk, "+12025550166");
  await activate(desk, clinic, reminder({ maxAudience: 1 }));
  await pushVisits(clinic, [visitIn(130, { patientName: "SAM ONE" }), visitIn(131, { patientName: "SAM TWO" })]);
  await clinic.strike();
  expect(await runNudges(desk, clinic)).toMatchObject({ planned: 0, tooLarge: 1 });
  expect(await clinic.db.all(sql`SELECT subject FROM alarms WHERE code = 'audience_too_large'`)).toEqual([
    { subject: "reminder" },
  ]);
});
