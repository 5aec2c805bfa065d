import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Line } from "../clinic-line.ts";
import { activate, addRemindingLine, pushVisits, reminder, visitIn } from "../engagement/nudge-line.ts";
import { type Desk, operator, startDesk } from "../harness.ts";
import { zoneAtNoon } from "../visits.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

test("a reminder says the visit's own time and a plausible name; a trick for a name is left out, and no brace ever leaves [NUDGE-32]", async () => {
  const clinic = await reminding("+12025550180", "Hi {{fn|there}}, {{aw}} {{ap}} {{az}}, {{on}}");
  await pushVisits(clinic, [
    visitIn(130, { phone: "+12025550181", patientName: "RIVER MCDONALD" }),
    visitIn(130, { phone: "+12025550182", patientName: "{{ln}}<b> SAMPLE" }),
    visitIn(130, { phone: "+12025550183", patientName: "evil.example SAMPLE" }),
  ]);
  await sent(clinic, 3);
  const [visit] = await clinic.db.all<{ at: number }>(sql`SELECT starts_at AS at FROM appointments`);
  const say = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", ...options })
      .format(visit?.at)
      .replace(/\s/g, " ");
  const time = say({ hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  const when = `${say({ weekday: "long" })} ${time}, Common Ground`;
  expect(clinic.said("+12025550181")).toEqual([`Hi River, ${when}`]);
  expect(clinic.said("+12025550182")).toEqual([`Hi there, ${when}`]);
  expect(clinic.said("+12025550183")).toEqual([`Hi there, ${when}`]);
});

test("where nothing fills a blank, the reminder is skipped with its reason and nothing is handed over [NUDGE-32]", async () => {
  const clinic = await reminding("+12025550184", "Hi {{fn}}, {{ap}} at {{oa}}");
  await pushVisits(clinic, [visitIn(130, { phone: "+12025550185" })]);
  await clinic.until("planned", "skipped");
  await clinic.makeDue();
  expect(await clinic.until("skipped")).toMatchObject([{ kind: "nudge", reason: "missing_field" }]);
  expect(desk.twilio.ledger.filter(({ event, to }) => event === "create" && to === "+12025550185")).toEqual([]);
});

test("who has named no language is written to in the clinic's first one", async () => {
  const clinic = await addRemindingLine(desk, "+12025550189", { theme: { locales: ["es", "en"] } });
  const wordings = { en: { body: "See you soon" }, es: { body: "Hasta pronto" } };
  await operator(desk.edge, "/admin/v1/templates/save", {
    ...{ tenant: clinic.slug, key: "words", channel: "sms", category: "care", wordings },
  });
  await activate(desk, clinic, reminder({ category: "care" }, { template: "words" }));
  await pushVisits(clinic, [visitIn(130, { phone: "+12025550190" })]);
  await sent(clinic, 1);
  expect(clinic.said("+12025550190")).toEqual(["Hasta pronto"]);
});

test("an offer leaves only for a number whose owner said yes to offers; a reminder needs no such yes [NUDGE-35]", async () => {
  const clinic = await reminding("+12025550186", "{{cn}}: new aids are in. {{oo}}", "marketing");
  // Offers keep to the law's hours, by the clock where their reader is.
  await clinic.db.run(
    sql.raw(`CREATE TRIGGER at_noon AFTER INSERT ON patients BEGIN
    UPDATE patients SET time_zone = '${zoneAtNoon()}' WHERE id = NEW.id; END`),
  );
  await pushVisits(clinic, [
    visitIn(130, { phone: "+447700900187", patientName: "SAM SAYSYES" }),
    visitIn(130, { phone: "+447700900188", patientName: "SAM SAYSNOTHING" }),
  ]);
  await clinic.until("planned", "skipped");
  await clinic.db.run(sql`INSERT INTO consents (id, address_key, channel, purpose, wording, source, at)
    SELECT 'cst_1', address_key, 'sms', 'marketing', 'Offers by text', 'form', 1 FROM contact_points ORDER BY id LIMIT 1`);
  await clinic.makeDue();
  const touches = await clinic.until("delivered", "skipped");
  expect(touches.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    "delivered null",
    "skipped no_consent",
  ]);
  const said = ["+447700900187", "+447700900188"].flatMap((phone) => clinic.said(phone));
  expect(said).toEqual(["Common Ground: new aids are in. Reply STOP to opt out"]);
});

/** A clinic with one nudge at work, two hours before a visit, that says these words. */
async function reminding(number: string, body: string, category = "care"): Promise<Line> {
  const clinic = await addRemindingLine(desk, number);
  const wording = { key: "words", channel: "sms", category, wordings: { en: { body } } };
  const saved = await operator(desk.edge, "/admin/v1/templates/save", { tenant: clinic.slug, ...wording });
  expect(saved.status).toBe(200);
  const nudge = reminder({ category }, { template: "words" });
  if (category !== "marketing") await activate(desk, clinic, nudge);
  else {
    await operator(desk.edge, "/admin/v1/nudges/save", { tenant: clinic.slug, nudge });
    await clinic.db.run(sql`UPDATE nudges SET status = 'active', approved_by = 'staff:other@clinic.example'`);
  }
  return clinic;
}

async function sent(clinic: Line, count: number): Promise<void> {
  expect(await clinic.until("planned", "delivered")).toHaveLength(count);
  await clinic.makeDue();
  await clinic.until("delivered");
}
