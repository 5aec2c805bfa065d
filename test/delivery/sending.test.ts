import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { addLine, alarmsOf, type Line } from "../clinic-line.ts";
import { activate, addRemindingLine, pushVisits, reminder, visitIn } from "../engagement/nudge-line.ts";
import { type Desk, eventually, operator, startDesk } from "../harness.ts";
import { seenVisit } from "../visits.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk({ RECONCILE_AFTER_SECONDS: "1" });
});
afterAll(() => desk?.close());

const HOUR_MS = 3_600_000;

test("a phone that is corrected before the text leaves gets it; corrected afterwards, nobody gets a second one [ASK-31]", async () => {
  const clinic = await addLine(desk, "+12025550160", { settings: { ask: { delayMinutes: 600 } } });
  const [wrong, right, later] = ["+12025550111", "+12025550112", "+12025550113"];
  await clinic.pushVisits([{ phone: wrong }]);
  await clinic.until("planned");
  await clinic.pushVisits([{ phone: right }]);
  await clinic.makeDue();
  await clinic.until("delivered");
  await clinic.pushVisits([{ phone: later }]);
  await clinic.until("delivered");
  expect(await clinic.touches()).toHaveLength(1);
  expect([wrong, right, later].map((phone) => clinic.said(phone ?? "").length)).toEqual([0, 1, 0]);
});

test("what a commit refuses though the gate let it through does not keep the run busy: the next one asks again", async () => {
  const clinic = await addLine(desk, "+12025550170", { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits([{ phone: "+12025550171" }]);
  await clinic.until("planned");
  await clinic.db.run(sql`CREATE TRIGGER refused BEFORE UPDATE OF status ON touches WHEN NEW.status = 'sending'
    BEGIN SELECT RAISE(IGNORE); END`);
  await clinic.makeDue();
  // Resolves when the run has ended; one that went on asking would hold it for minutes.
  await clinic.strike();
  expect(await clinic.touches()).toMatchObject([{ status: "planned" }]);
  await clinic.db.run(sql`DROP TRIGGER refused`);
  await clinic.wake();
  await clinic.until("delivered");
  expect(clinic.said("+12025550171")).toHaveLength(1);
});

test("only seen visits of the right kind are asked about; a provider added later is not asked about old visits [ASK-32]", async () => {
  const clinic = await addLine(desk, "+12025550161", { settings: { ask: { providers: ["CNS"] } } });
  await clinic.pushVisits([
    { phone: "+12025550114", provider: "cns" },
    { phone: "+12025550115", provider: "CNS", status: "Checked in" },
    { phone: "+12025550116", provider: "CNS", type: "THERAPY" },
    { phone: "+12025550117", provider: "ES OAKLAND" },
  ]);
  const old = Temporal.Now.zonedDateTimeISO("America/New_York").subtract({ hours: 60 }).toPlainDateTime();
  const startsAt = old.toString({ smallestUnit: "minute" });
  const visit = seenVisit({ phone: "+12025550118", provider: "ES OAKLAND", startsAt });
  await clinic.push(startsAt.slice(0, 10), [visit]);
  expect(await clinic.until("delivered")).toHaveLength(1);
  expect(clinic.said("+12025550114")).toHaveLength(1);

  const settings = { ask: { providers: ["CNS", "ES OAKLAND"] } };
  expect((await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings })).status).toBe(200);
  const touches = await eventually(async () => {
    const rows = await clinic.touches();
    return rows.length === 3 && rows.every(({ status }) => status !== "planned") && rows;
  });
  expect(touches.filter(({ status }) => status === "skipped")).toMatchObject([{ reason: "too_old" }]);
  await eventually(async () => clinic.said("+12025550117").length === 1);
  expect(clinic.said("+12025550118")).toEqual([]);
});

test("without a phone, or with one that is none, the visit is skipped with its reason and never tried again [ASK-33]", async () => {
  const clinic = await addLine(desk, "+12025550162");
  const visits = [
    { phone: null, phoneProblem: "none" },
    { phone: null, phoneProblem: "invalid" },
    { phone: "+12025550119" },
  ];
  desk.twilio.script("+12025550119", "invalid-number");
  await clinic.pushVisits(visits);
  const touches = await clinic.until("skipped", "failed");
  expect(touches.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "failed invalid_phone",
    "skipped invalid_phone",
    "skipped no_phone",
  ]);
  const tries = () => desk.twilio.ledger.filter(({ event, to }) => event === "create" && to === "+12025550119").length;
  expect(tries()).toBe(1);
  await clinic.pushVisits(visits.map((visit) => ({ ...visit, provider: "CNS" })));
  await clinic.strike();
  expect((await clinic.until("skipped", "failed")).map(({ status }) => status).sort()).toEqual([
    "failed",
    ...Array(5).fill("skipped"),
  ]);
  expect(tries()).toBe(1);
});

test.each([
  ["accept-then-reset", "+12025550120"],
  ["accept-then-500", "+12025550121"],
] as const)(
  "a hand-over whose answer is lost (%s) stays in doubt and is not repeated; the callback settles it [ASK-34]",
  async (fault, phone) => {
    const clinic = await addLine(desk, fault === "accept-then-500" ? "+12025550163" : "+12025550164");
    desk.twilio.script(phone, fault, "accept");
    tune({ callbackLagMs: 1_500, listLagMs: 60_000 });
    await clinic.pushVisits([{ phone }]);
    await clinic.until("delivered");
    expect(await wasInDoubt(clinic)).toBe(true);
    expect(clinic.said(phone)).toHaveLength(1);
    const attempts = await clinic.db.all(sql`SELECT outcome FROM attempts`);
    expect(attempts).toEqual([{ outcome: "accepted" }]);
  },
);

test("a hand-over in doubt without any callback is found in the carrier's list, not repeated [ASK-34]", async () => {
  const clinic = await addLine(desk, "+12025550165");
  desk.twilio.script("+12025550122", "accept-then-reset", "accept");
  tune({ callbacks: "none" });
  await clinic.pushVisits([{ phone: "+12025550122" }]);
  await clinic.until("accepted");
  expect(await wasInDoubt(clinic)).toBe(true);
  expect(clinic.said("+12025550122")).toHaveLength(1);
});

test("another text's message with the same words is not taken for one in doubt, which is settled by its own", async () => {
  const clinic = await addRemindingLine(desk, "+12025550175");
  await activate(desk, clinic, reminder());
  const phone = "+12025550123";
  tune({ callbacks: "none" });
  const remind = (name: string) => pushVisits(clinic, [visitIn(100, { phone, patientName: name })]);
  // Two of a family at one hour: the same words to one number.
  await remind("KIM TESTA");
  await clinic.until("accepted");
  desk.twilio.script(phone, "503", "accept");
  await remind("KIM TESTB");
  await eventually(async () => {
    await clinic.strike();
    return clinic.said(phone).length === 2;
  }, 20_000);
  await clinic.until("accepted");
  expect(new Set(clinic.said(phone)).size).toBe(1);
  expect(await alarmsOf(clinic)).toEqual([]);
  const attempts = await clinic.db.all(sql`SELECT outcome FROM attempts ORDER BY started_at, number`);
  expect(attempts).toEqual([{ outcome: "accepted" }, { outcome: "unknown" }, { outcome: "accepted" }]);
});

test("a number that opted out at the carrier is suppressed, a landline is final for the number [ASK-35]", async () => {
  const clinic = await addLine(desk, "+12025550166");
  desk.twilio.script("+12025550123", "opted-out");
  desk.twilio.script("+12025550124", { does: "accept", ends: "undelivered", errorCode: 30006 });
  desk.twilio.script("+12025550125", "unreachable", "accept");
  const phones = ["+12025550123", "+12025550124", "+12025550125"].map((phone) => ({ phone }));
  await clinic.pushVisits(phones);
  const first = await clinic.until("failed", "undelivered");
  expect(first.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "failed opted_out",
    "undelivered handset_off",
    "undelivered landline",
  ]);
  expect(await clinic.db.all(sql`SELECT source FROM opt_outs`)).toEqual([{ source: "carrier" }]);
  // The next day, the next visit: only the phone that was off is tried.
  await clinic.db.run(sql`UPDATE touches SET sent_on = '2026-01-01'`);
  await clinic.pushVisits(phones.map((visit) => ({ ...visit, provider: "CNS" })));
  const all = await clinic.until("failed", "undelivered", "skipped", "delivered");
  expect(
    all
      .slice(3)
      .map(({ status, reason }) => `${status} ${reason}`)
      .sort(),
  ).toEqual(["delivered null", "skipped landline", "skipped opted_out"]);
});

test.each([
  ["unregistered-sender", "+12025550126", "+12025550167", "undelivered", "webhook:twilio"],
  ["wrong-password", "+12025550127", "+12025550168", "planned", "system:tick"],
] as const)(
  "a sender that the carrier stops (%s) holds every text and raises an alarm until staff lift it [ASK-35]",
  async (fault, phone, line, becomes, by) => {
    const clinic = await addLine(desk, line);
    desk.twilio.script(phone, fault, "accept");
    await clinic.pushVisits([{ phone }]);
    await clinic.until(becomes);
    await eventually(async () => (await alarmsOf(clinic)).includes("sender_stopped"));
    const sibling = `${phone.slice(0, -1)}8`;
    await clinic.pushVisits([{ phone, provider: "CNS" }, { phone: sibling }]);
    await clinic.strike();
    await eventually(async () => (await clinic.touches()).length >= 2);
    await clinic.strike();
    expect(clinic.said(sibling)).toEqual([]);
    await clinic.db.run(sql`UPDATE pauses SET lifted_at = 1, lifted_by = 'staff'`);
    await eventually(async () => {
      await clinic.strike();
      return clinic.said(sibling).length === 1;
    });
    expect(await clinic.db.all(sql`SELECT reason, by FROM pauses`)).toEqual([{ reason: "sender_stopped", by }]);
  },
);

test("outside the office's hours a text waits for the next opening, and inside them it leaves [ASK-37]", async () => {
  const here = Temporal.Now.zonedDateTimeISO("America/New_York");
  // A window that is shut now, whatever the hour: the first or the last of the day.
  const shut =
    here.hour < 12 ? { windowOpens: "23:00", windowCloses: "23:30" } : { windowOpens: "00:00", windowCloses: "00:30" };
  const clinic = await addLine(desk, "+12025550169", { settings: { office: shut } });
  await clinic.pushVisits([{ phone: "+12025550129" }]);
  await clinic.strike();
  const [touch] = await eventually(async () => {
    const rows = await clinic.db.all<{ status: string; reason: string; due: number }>(
      sql`SELECT status, reason, due_at AS due FROM touches WHERE reason IS NOT NULL`,
    );
    return rows.length > 0 && rows;
  });
  const opens = here.withPlainTime(shut.windowOpens);
  const next = Temporal.ZonedDateTime.compare(opens, here) > 0 ? opens : opens.add({ days: 1 });
  expect(touch).toEqual({ status: "planned", reason: "quiet_hours", due: next.epochMilliseconds });
  await clinic.strike();
  expect(clinic.said("+12025550129")).toEqual([]);
  // The same touch, once the office is open.
  await clinic.db.run(sql`UPDATE offices SET window_opens = '00:00', window_closes = '23:59'`);
  await clinic.makeDue();
  await clinic.until("delivered");
});

test("a family on one phone gets one text a day, in one batch and across batches", async () => {
  const clinic = await addLine(desk, "+12025550170");
  const phone = "+12025550130";
  await clinic.pushVisits([{ phone }, { phone }, { phone: "+12025550131" }]);
  await clinic.until("delivered", "skipped");
  await clinic.pushVisits([{ phone }, { phone }, { phone: "+12025550131" }, { phone }]);
  const touches = await clinic.until("delivered", "skipped");
  expect(touches.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "delivered null",
    "delivered null",
    "skipped already_texted",
    "skipped already_texted",
  ]);
  expect(clinic.said(phone)).toHaveLength(1);
});

test("a clinic may let every visit be asked about, whoever shares the phone", async () => {
  const clinic = await addLine(desk, "+12025550171", { settings: { ask: { onePerPhonePerDay: false } } });
  await clinic.pushVisits([{ phone: "+12025550132" }, { phone: "+12025550132" }]);
  await clinic.until("delivered");
  expect(clinic.said("+12025550132")).toHaveLength(2);
});

test("a visit that is cancelled between plan and send is not asked about; put right again, it is", async () => {
  const clinic = await addLine(desk, "+12025550172", { settings: { ask: { delayMinutes: 600 } } });
  const phone = "+12025550133";
  await clinic.pushVisits([{ phone }]);
  await clinic.until("planned");
  await clinic.pushVisits([{ phone, status: "Cancelled" }]);
  expect(await clinic.until("cancelled")).toMatchObject([{ reason: "visit_changed" }]);
  await clinic.pushVisits([{ phone, status: "Seen" }]);
  await clinic.until("planned");
  await clinic.makeDue();
  await clinic.until("delivered");
  expect(clinic.said(phone)).toHaveLength(1);
});

test("a STOP that arrives while a batch is on the wire holds back everything that has not been called yet [F-21]", async () => {
  const clinic = await addLine(desk, "+12025550173");
  const phones = Array.from({ length: 10 }, (_, index) => `+120255501${40 + index}`);
  let stopped: Promise<unknown> | null = null;
  const off = desk.twilio.onAccept(async (message) => {
    if (message.from !== clinic.number) return;
    stopped ??= Promise.all(phones.map((phone) => clinic.text(phone, "please stop texting me")));
    await stopped;
  });
  await clinic.pushVisits(phones.map((phone) => ({ phone })));
  const touches = await clinic.until("delivered", "skipped");
  off();
  const asked = touches.filter(({ status }) => status === "delivered").length;
  expect(asked).toBeGreaterThan(0);
  // Six calls at most were under way.
  expect(asked).toBeLessThanOrEqual(6);
  expect(touches.filter(({ reason }) => reason === "opted_out")).toHaveLength(10 - asked);
});

test("a text that is no longer worth saying expires, and a clinic that is suspended says nothing", async () => {
  const clinic = await addLine(desk, "+12025550174", { settings: { ask: { delayMinutes: 600 } } });
  await clinic.pushVisits([{ phone: "+12025550134" }]);
  await clinic.until("planned");
  await clinic.db.run(sql`UPDATE touches SET not_after_at = ${Date.now() - HOUR_MS}`);
  await clinic.makeDue();
  expect(await clinic.until("expired")).toMatchObject([{ reason: "too_old" }]);
  await clinic.db.run(sql`UPDATE offices SET status = 'suspended'`);
  await clinic.pushVisits([{ phone: "+12025550134" }, { phone: "+12025550135" }]);
  await clinic.makeDue();
  await eventually(async () => {
    await clinic.strike();
    await clinic.db.run(sql`UPDATE touches SET due_at = 0 WHERE status = 'planned' AND reason IS NULL`);
    return (await clinic.touches()).some(({ reason }) => reason === "not_active");
  });
  expect(clinic.said("+12025550135")).toEqual([]);
});

/** For this test only: whatever becomes of it, the next one finds the carrier as it was. */
function tune(changes: Parameters<Desk["twilio"]["tune"]>[0]): void {
  desk.twilio.tune(changes);
  onTestFinished(() => desk.twilio.tune({ callbackLagMs: 0, listLagMs: 0, callbacks: "all" }));
}

async function wasInDoubt(clinic: Line): Promise<boolean> {
  return (await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'touch.unknown'`)).length > 0;
}
