import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alarmsOf, inboundUrl, postAsTwilio } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";
import { type RemindedClinic, remindedClinic } from "./visit-desk.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk({ SENDER_RATE_PER_SECOND: "500" });
});
afterAll(() => desk?.close());

const body = "{{cn}}: see you {{aw}} at {{ap}}. Reply Y1 to confirm.";

async function kept(clinic: RemindedClinic): Promise<string[]> {
  const rows = await clinic.db.all<{ status: string }>(
    sql`SELECT status FROM inbound_messages WHERE source = 'twilio' ORDER BY received_at, id`,
  );
  return rows.map(({ status }) => status);
}

const isConfirmed = async (clinic: RemindedClinic, phone: string) =>
  (await clinic.visitOf(phone)).confirmed_for_at === (await clinic.visitOf(phone)).starts_at;

test("a yes by text confirms the one visit that the number was told of, and is answered with its day and time", async () => {
  const words = ["Y1", "yes", "C", "Yes please!", "I'll be there", "Sí", "Y"];
  const phones = words.map((_, index) => `+120255503${String(index + 10)}`);
  const clinic = await remindedClinic(desk, "+12025550301", phones, { body });
  await clinic.db.run(sql`UPDATE patients SET language = 'es' WHERE id = (SELECT patient_id FROM appointments
    ORDER BY starts_at LIMIT 1 OFFSET ${words.indexOf("Y")})`);
  for (const [index, word] of words.entries()) {
    const phone = phones[index] ?? "";
    await clinic.text(phone, word);
    expect([word, await isConfirmed(clinic, phone)]).toEqual([word, true]);
  }
  expect(clinic.said(phones[0] ?? "").at(-1)).toMatch(
    /^Common Ground: thank you, we expect you on \w+, \w+ \d+, \d+:\d\d [AP]M\.$/,
  );
  expect(clinic.said(phones[5] ?? "").at(-1)).toMatch(/^Common Ground: gracias, le esperamos el \w+, \d+ de \w+/);
  expect(clinic.said(phones[6] ?? "").at(-1)).toMatch(/^Common Ground: gracias/);
  expect(await kept(clinic)).toEqual(words.map(() => "processed"));
  expect(await alarmsOf(clinic)).toEqual([]);
  const events = await clinic.db.all<{ actor: string; details: string }>(
    sql`SELECT actor, details FROM audit WHERE action = 'visit.confirmed'`,
  );
  expect(events.map(({ actor, details }) => [actor, JSON.parse(details).by])).toEqual(
    words.map(() => ["webhook:twilio", "text"]),
  );
});

test("on a phone that was told of two visits, a yes confirms neither: staff look at it", async () => {
  const phone = "+12025550330";
  const clinic = await remindedClinic(desk, "+12025550302", [phone, phone], { body });
  for (const word of ["Y1", "YES"]) await clinic.text(phone, word);
  expect(await clinic.db.all(sql`SELECT 1 FROM appointments WHERE confirmed_at IS NOT NULL`)).toEqual([]);
  expect(await kept(clinic)).toEqual(["received", "received"]);
  expect(await alarmsOf(clinic)).toEqual(["patient_wrote"]);
  expect(clinic.said(phone)).toHaveLength(2);
});

test("a yes that answers another message, or comes after the visit was moved or cancelled, confirms nothing: staff look at it", async () => {
  const [other, moved, cancelled, over] = ["+12025550331", "+12025550332", "+12025550333", "+12025550334"];
  const clinic = await remindedClinic(desk, "+12025550303", [other, moved, cancelled, over], { body });
  // A later message to the same number, about no visit.
  await clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, office_id, channel, template_key, template_version,
      status, due_at, not_after_at, address_key, sent_on, attempt_count, created_at, updated_at)
    SELECT 'tch_later', 'later', 'nudge', patient_id, office_id, 'sms', 'reminder', 1, 'delivered', 1, 1, address_key, sent_on, 1, 1, 1
    FROM touches WHERE appointment_id = ${(await clinic.visitOf(other)).id}`);
  await clinic.db.run(sql`INSERT INTO attempts (id, touch_id, number, provider, started_at, body_key, segments)
    VALUES ('att_later', 'tch_later', 1, 'twilio', ${Date.now() + 1000}, 'k', 1)`);
  const set = async (phone: string, change: ReturnType<typeof sql>) =>
    clinic.db.run(sql`UPDATE appointments SET ${change} WHERE id = ${(await clinic.visitOf(phone)).id}`);
  await set(moved, sql`starts_at = starts_at + 3600000`);
  await set(cancelled, sql`status = 'cancelled'`);
  await set(over, sql`starts_at = 1`);
  for (const phone of [other, moved, cancelled, over]) await clinic.text(phone, "y1");
  expect(await clinic.db.all(sql`SELECT 1 FROM appointments WHERE confirmed_at IS NOT NULL`)).toEqual([]);
  expect(await kept(clinic)).toEqual(Array(4).fill("received"));
  for (const phone of [other, moved, cancelled, over]) expect(clinic.said(phone)).toHaveLength(1);
});

test("a yes confirms no visit that the source has since given to another person", async () => {
  const phone = "+12025550345";
  const clinic = await remindedClinic(desk, "+12025550306", [phone, "+12025550346"], { body });
  await clinic.db.run(sql`UPDATE appointments SET patient_id = (SELECT patient_id FROM appointments
    WHERE id = ${(await clinic.visitOf("+12025550346")).id}) WHERE id = ${(await clinic.visitOf(phone)).id}`);
  await clinic.text(phone, "Y1");
  expect(await kept(clinic)).toEqual(["received"]);
  expect(await isConfirmed(clinic, phone)).toBe(false);
});

test("YES after a STOP brings texts back and confirms nothing; YES to a reminder confirms and brings no offers back", async () => {
  const [stopped, noOffers] = ["+12025550335", "+12025550336"];
  const clinic = await remindedClinic(desk, "+12025550304", [stopped, noOffers], { body });
  await clinic.text(stopped, "STOP");
  const live = () => clinic.db.all<{ purpose: string }>(sql`SELECT purpose FROM opt_outs WHERE ended_at IS NULL`);
  expect(await live()).toEqual([{ purpose: "all" }]);
  await clinic.text(stopped, "YES");
  expect(await live()).toEqual([]);
  expect(await isConfirmed(clinic, stopped)).toBe(false);
  await clinic.db.run(sql`INSERT INTO opt_outs (id, address_key, channel, purpose, source, at)
    SELECT 'opt_offers', address_key, 'sms', 'marketing', 'keyword', 1 FROM touches
    WHERE appointment_id = ${(await clinic.visitOf(noOffers)).id}`);
  await clinic.text(noOffers, "YES");
  expect(await isConfirmed(clinic, noOffers)).toBe(true);
  expect(await live()).toEqual([{ purpose: "marketing" }]);
});

test("the same yes delivered twice is one, and gets the same answer; what the carrier answered itself is not answered again", async () => {
  const [phone, advanced] = ["+12025550337", "+12025550338"];
  const clinic = await remindedClinic(desk, "+12025550305", [phone, advanced], { body });
  const post = async (form: Record<string, string>) => {
    const common = { AccountSid: desk.twilio.accountSid, To: "+12025550305" };
    return (await postAsTwilio(desk, inboundUrl(desk, clinic), { ...common, ...form })).text();
  };
  const first = await post({ MessageSid: "SMyes1", From: phone, Body: "Y1" });
  expect(first).toContain("we expect you on");
  expect(await post({ MessageSid: "SMyes1", From: phone, Body: "Y1" })).toBe(first);
  expect(await kept(clinic)).toEqual(["processed"]);
  const silent = await post({ MessageSid: "SMyes2", From: advanced, Body: "YES", OptOutType: "START" });
  expect(silent).not.toContain("<Message>");
  expect(await isConfirmed(clinic, advanced)).toBe(true);
});
