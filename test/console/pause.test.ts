import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, eventually } from "../harness.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { mainOf, rowsOf } from "./clinic-day.ts";
import { type ConsoleDesk, signIn, startConsole } from "./sign-in.ts";

let desk: ConsoleDesk;
let lead: Awaited<ReturnType<typeof signIn>>;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
  lead = await signIn(desk, "clinic_lead");
});
afterAll(() => desk?.close());

type Touch = { status: string; reason: string | null; due_at: number };
const touchesOf = (clinic: Clinic) => clinic.db.all<Touch>(sql`SELECT status, reason, due_at FROM touches ORDER BY id`);
const page = async (clinic: Clinic) => (await lead.get(`/t/${clinic.slug}/pause`)).text();
let phones = 40;

/** A clinic that was paused before its two texts were due, and its pause. */
async function paused(): Promise<{
  clinic: Clinic;
  lift: (form: Record<string, string>) => Promise<Response>;
  phone: string;
}> {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  const done = await lead.post(`/t/${clinic.slug}/pause`, { kind: "", reason: "Texts are wrong" });
  expect(done.headers.get("location")).toBe(`/t/${clinic.slug}/pause?done=paused`);
  phones += 2;
  const phone = `+120255501${phones}`;
  await clinic.push(todayIn(), [
    seenVisit({ phone }),
    seenVisit({ patientName: "QUINN QUIET", phone: `+120255501${phones + 1}` }),
  ]);
  await desk.strike(clinic);
  await eventually(async () => (await touchesOf(clinic)).length === 2);
  const [pause] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM pauses`);
  return { clinic, phone, lift: (form) => lead.post(`/t/${clinic.slug}/pause/${pause?.id}/lift`, form) };
}

test("while everything is paused nothing leaves, and the page says what waits and what it would cost at most", async () => {
  const { clinic, phone } = await paused();
  await desk.strike(clinic);
  const html = await page(clinic);
  expect(mainOf(html)).toMatch(/Everything: paused Texts are wrong since .* by lead@commonground\.example/);
  expect(mainOf(html)).toContain("2 messages wait for it, at most $0.033 to send");
  expect(rowsOf(html)[0]).toEqual(["Survey invitation held", "2", "$0.033", "0", "–"]);
  expect(desk.twilio.messages(phone)).toEqual([]);
  const events = await clinic.db.all(sql`SELECT actor, details FROM audit WHERE action = 'pause.set'`);
  expect(events).toEqual([{ actor: "staff:lead@commonground.example", details: '{"kind":null}' }]);
});

test("pausing twice is one pause; one kind can be held by itself", async () => {
  const clinic = await desk.addTenant();
  const press = async (kind: string) =>
    (await lead.post(`/t/${clinic.slug}/pause`, { kind, reason: "Wording" })).headers
      .get("location")
      ?.split("done=")[1];
  expect([await press("survey_reminder"), await press("survey_reminder"), await press("")]).toEqual([
    "paused",
    "paused-already",
    "paused",
  ]);
  expect((await lead.post(`/t/${clinic.slug}/pause`, { kind: "everything", reason: "x" })).status).toBe(400);
  expect(mainOf(await page(clinic))).toMatch(/Survey reminder: paused.*Everything: paused/);
});

test("a pause that staff set stands beside the one that the carrier caused: lifting that one does not end it", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  await clinic.db.run(sql`INSERT INTO pauses (id, reason, by, created_at)
    VALUES ('pau_carrier', 'sender_stopped', 'system:tick', 1)`);
  const press = await lead.post(`/t/${clinic.slug}/pause`, { kind: "", reason: "No texts this week" });
  expect(press.headers.get("location")).toContain("done=paused");
  expect(mainOf(await page(clinic))).toMatch(/Everything: paused .*by Hearback.*Everything: paused No texts this week/);
  await lead.post(`/t/${clinic.slug}/pause/pau_carrier/lift`, { fate: "resume", at: "" });
  await clinic.push(todayIn(), [seenVisit({ phone: "+12025550139" })]);
  await desk.strike(clinic);
  await eventually(async () => (await touchesOf(clinic)).length === 1);
  await desk.strike(clinic);
  expect(desk.twilio.messages("+12025550139")).toEqual([]);
});

test("lifted to resume, what waited is sent once", async () => {
  const { clinic, lift, phone } = await paused();
  expect((await lift({ fate: "resume", at: "" })).headers.get("location")).toContain("done=lifted-resume");
  await desk.strike(clinic);
  await eventually(async () => (await touchesOf(clinic)).every(({ status }) => status === "delivered"));
  expect((await lift({ fate: "drop", at: "" })).headers.get("location")).toContain("done=gone");
  expect(desk.twilio.messages(phone)).toHaveLength(1);
});

test("lifted to drop, what waited is never sent and says so", async () => {
  const { clinic, lift, phone } = await paused();
  await lift({ fate: "drop", at: "" });
  await desk.strike(clinic);
  expect(await touchesOf(clinic)).toMatchObject([
    { status: "cancelled", reason: "dropped_after_pause" },
    { status: "cancelled", reason: "dropped_after_pause" },
  ]);
  const actions = await clinic.db.all(
    sql`SELECT action, count(*) AS n FROM audit WHERE actor LIKE 'staff:%' GROUP BY action`,
  );
  expect(actions).toContainEqual({ action: "touch.cancelled", n: 2 });
  expect(actions).toContainEqual({ action: "pause.lifted", n: 1 });
  expect(desk.twilio.messages(phone)).toEqual([]);
});

test("lifted to re-time, what waited is due at the clinic's own hour; a time that is none is refused and nothing lifted", async () => {
  const { clinic, lift } = await paused();
  const tomorrow = Temporal.Now.plainDateISO("America/New_York").add({ days: 1 });
  for (const at of ["", `${tomorrow.subtract({ days: 2 })}T10:00`, `${tomorrow.add({ days: 60 })}T10:00`, "soon"]) {
    expect((await lift({ fate: "retime", at })).status).toBe(400);
  }
  await lift({ fate: "retime", at: `${tomorrow}T10:30` });
  const at = tomorrow.toZonedDateTime({ timeZone: "America/New_York", plainTime: "10:30" }).epochMilliseconds;
  expect(await touchesOf(clinic)).toMatchObject([
    { status: "planned", due_at: at },
    { status: "planned", due_at: at },
  ]);
  expect(await clinic.db.all(sql`SELECT 1 FROM audit WHERE action = 'touch.retimed'`)).toHaveLength(2);
});

test("a message set aside is sent again or dropped by a person, once, and its alarm is answered with it", async () => {
  const clinic = await desk.addTenant({ settings: { office: openAllDay } });
  const mine = ["+12025550181", "+12025550182"];
  await clinic.push(
    todayIn(),
    mine.map((phone, one) => seenVisit({ phone, patientName: one === 0 ? "SEND AGAIN" : "DROP IT" })),
  );
  await desk.strike(clinic);
  await eventually(async () => {
    const touches = await touchesOf(clinic);
    return touches.length === 2 && touches.every(({ status }) => status === "delivered");
  });
  // As the reconciler leaves a message that no list shows.
  await clinic.db.run(sql`UPDATE touches SET status = 'parked', reason = 'in_doubt'`);
  await clinic.db.run(sql`INSERT INTO alarms (id, code, subject, detail, raised_at, last_seen_at)
    SELECT 'alm_' || id, 'touch_parked', id, '{}', 1, 1 FROM touches`);
  const path = `/t/${clinic.slug}/parked`;
  const html = await (await lead.get(path)).text();
  expect(mainOf(html)).toMatch(/Send Again .*It may have arrived: sending it again may text the patient twice/);
  const idOf = (name: string) => new RegExp(`${name}[\\s\\S]*?action="${path}/(tch_\\w+)"`).exec(html)?.[1];
  const decide = async (id: string | undefined, decision: string) =>
    (await lead.post(`${path}/${id}`, { decision })).headers.get("location")?.split("done=")[1];
  const [first, second] = [idOf("Send Again"), idOf("Drop It")];
  expect(await decide(first, "send")).toBe("parked-send");
  expect(await decide(second, "drop")).toBe("parked-drop");
  expect(await decide(second, "send")).toBe("gone");
  await desk.strike(clinic);
  await eventually(async () => desk.twilio.messages("+12025550181").length === 2);
  expect(desk.twilio.messages("+12025550182")).toHaveLength(1);
  expect(
    await clinic.db.all(sql`SELECT DISTINCT acknowledged_by AS who FROM alarms WHERE code = 'touch_parked'`),
  ).toEqual([{ who: "staff:lead@commonground.example" }]);
});
