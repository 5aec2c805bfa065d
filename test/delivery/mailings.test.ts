import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, eventually, operator, startDesk } from "../harness.ts";
import { addMailingClinic, ask, bring, guest, type Mailing, mailings, patientOf, theMailing } from "./mailing-line.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const touchesOf = (clinic: Clinic) =>
  clinic.db.all<{ status: string; reason: string | null }>(
    sql`SELECT status, reason FROM touches ORDER BY created_at, id`,
  );

const change = (clinic: Clinic, { id }: Mailing, to: string, more: object = {}) =>
  ask<Record<string, unknown>>(desk, clinic, "/media-buys/change", { id, to, ...more });

const refused = async (clinic: Clinic, id: string, to: string, more: object = {}) => {
  const answer = await operator(desk.edge, "/admin/v1/media-buys/change", { tenant: clinic.slug, id, to, ...more });
  return [answer.status, ((await answer.json()) as { detail: string }).detail] as const;
};

test("a due letter is gathered into its day's media buy and waits there; who cannot get one is kept with the reason", async () => {
  const clinic = await addMailingClinic(desk, { areValidated: true });
  const guests = [1, 2, 3, 4, 5, 6].map((number) => guest(number));
  guests.push(guest(7, { address: null }), guest(8, { address: { line1: "1 Sample Way" } }));
  await bring(desk, clinic, guests, { 1: "Y", 2: "N", 3: "", 4: "D", 5: "Y", 6: "R", 8: "Y" });
  expect(await theMailing(desk, clinic)).toMatchObject({
    status: "draft",
    recipients: {
      planned: 8,
      mailed: 2,
      suppressed: 6,
      holdout: 0,
      fulfilled: 0,
      reasons: {
        address_not_deliverable: 2,
        address_not_found: 1,
        unit_missing: 1,
        no_address: 1,
        duplicate_household: 1,
      },
    },
  });
  const states = (await touchesOf(clinic)).map(({ status }) => status).sort();
  expect(states).toEqual(["claimed", "claimed", ...Array(6).fill("skipped")]);
});

test("an address that the service has not looked at yet holds its letter; one that has no service needs to be whole", async () => {
  const checked = await addMailingClinic(desk, { areValidated: true });
  await bring(desk, checked, [guest(1), guest(2)], { 1: "Y" });
  expect(await touchesOf(checked)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ status: "claimed" }),
      { status: "planned", reason: "address_not_validated" },
    ]),
  );
  const plain = await addMailingClinic(desk);
  await bring(desk, plain, [
    guest(1),
    guest(2, { address: { zip: "9365" } }),
    guest(3, { address: { line1: "Sample Way" } }),
  ]);
  expect((await theMailing(desk, plain)).recipients).toMatchObject({ mailed: 1, reasons: { address_incomplete: 2 } });
});

test("committing freezes the list: gate and opt-outs are asked again, each piece is kept sealed under a random reference", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(
    desk,
    clinic,
    [1, 2, 3, 4].map((number) => guest(number)),
  );
  const mailing = await theMailing(desk, clinic);
  await clinic.db.run(sql`INSERT INTO opt_outs (id, address_key, channel, purpose, source, at)
    VALUES ('opt_1', ${await patientOf(clinic, 1)}, 'print', 'all', 'staff', 1)`);
  await clinic.db.run(sql`UPDATE patients SET is_deceased = 1 WHERE id = ${await patientOf(clinic, 2)}`);
  await clinic.db.run(
    sql`UPDATE appointments SET status = 'cancelled' WHERE patient_id = ${await patientOf(clinic, 3)}`,
  );
  expect(await change(clinic, mailing, "committed")).toEqual({ status: "committed", mailed: 1, ended: 3, later: 0 });
  expect((await theMailing(desk, clinic)).recipients).toMatchObject({
    mailed: 1,
    reasons: { opted_out: 1, deceased: 1, other_status: 1 },
  });
  const kept = await clinic.db.all<{ reference: string; sealed: string; patientId: string }>(sql`SELECT reference,
    address_sealed AS sealed, patient_id AS patientId FROM media_buy_recipients WHERE reference IS NOT NULL`);
  expect(kept).toEqual([
    {
      reference: expect.stringMatching(/^[0-9A-Z]{12}$/),
      sealed: expect.any(String),
      patientId: await patientOf(clinic, 4),
    },
  ]);
  expect(kept[0]?.sealed).not.toMatch(/Sample|Fresno/i);
  expect(await refused(clinic, mailing.id, "committed")).toEqual([409, expect.stringContaining("committed")]);
  const events = await clinic.db.all<{ action: string }>(
    sql`SELECT action FROM audit WHERE entity_id = ${mailing.id} ORDER BY seq`,
  );
  expect(events.map(({ action }) => action)).toEqual(["media_buy.opened", "media_buy.committed"]);
});

test("a list on which nobody may be written to is not committed, and says why; nor is one of a paused nudge", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(desk, clinic, [guest(1)]);
  const { id } = await theMailing(desk, clinic);
  await clinic.db.run(sql`UPDATE nudges SET status = 'paused', paused_reason = 'holiday'`);
  expect(await refused(clinic, id, "committed")).toEqual([409, expect.stringContaining("1 wait")]);
  expect((await theMailing(desk, clinic)).status).toBe("draft");
  expect(await touchesOf(clinic)).toEqual([{ status: "planned", reason: "paused" }]);
});

test("two who commit at once freeze one list: nobody is on it twice and nobody is lost", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(
    desk,
    clinic,
    [1, 2, 3, 4, 5].map((number) => guest(number)),
  );
  const { id } = await theMailing(desk, clinic);
  const both = await Promise.all(
    [1, 2].map(() => operator(desk.edge, "/admin/v1/media-buys/change", { tenant: clinic.slug, id, to: "committed" })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect((await theMailing(desk, clinic)).recipients.mailed).toBe(5);
  expect((await touchesOf(clinic)).map(({ status }) => status)).toEqual(Array(5).fill("sending"));
  const pieces = await clinic.db.all(sql`SELECT 1 FROM media_buy_recipients WHERE address_sealed IS NOT NULL`);
  expect(pieces).toHaveLength(5);
});

test("who comes to a day's list after it was frozen is gathered for the next day", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(desk, clinic, [guest(1)]);
  await change(clinic, await theMailing(desk, clinic), "committed");
  await bring(desk, clinic, [guest(1), guest(2)]);
  const [later, first] = await mailings(desk, clinic);
  expect([later?.status, later?.recipients.mailed]).toEqual(["draft", 1]);
  expect([first?.status, first?.recipients.mailed]).toEqual(["committed", 1]);
});

test("produced, posted, complete: each step only after the one before, and every piece goes along", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(desk, clinic, [guest(1), guest(2)]);
  const mailing = await theMailing(desk, clinic);
  const days = { mailed: { mailOn: "2026-12-01", inHomeFromOn: "2026-12-03", inHomeToOn: "2026-12-07" } };
  expect((await refused(clinic, mailing.id, "mailed", days))[0]).toBe(409);
  await change(clinic, mailing, "committed");
  await change(clinic, mailing, "in_production");
  expect((await touchesOf(clinic)).map(({ status }) => status)).toEqual(["accepted", "accepted"]);
  const wrong = { mailed: { ...days.mailed, inHomeToOn: "2026-12-02" } };
  expect((await refused(clinic, mailing.id, "mailed", wrong))[0]).toBe(400);
  await change(clinic, mailing, "mailed", days);
  await change(clinic, mailing, "completed");
  expect((await refused(clinic, mailing.id, "cancelled"))[0]).toBe(409);
  expect((await touchesOf(clinic)).map(({ status }) => status)).toEqual(["delivered", "delivered"]);
  expect((await theMailing(desk, clinic)).recipients).toMatchObject({ mailed: 2, fulfilled: 2 });
});

test("a letter that comes back marks its address: nothing is posted there until the source shows another one", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(desk, clinic, [guest(1), guest(2), guest(3)]);
  const mailing = await theMailing(desk, clinic);
  await change(clinic, mailing, "committed");
  const references = await clinic.db.all<{ reference: string }>(sql`SELECT reference FROM media_buy_recipients
    JOIN external_refs ON entity_id = patient_id AND entity = 'patient' ORDER BY value`);
  const [one = "", two = "", three = ""] = references.map(({ reference }) => reference);
  const back = (references: string[], why = "undeliverable") =>
    operator(desk.edge, "/admin/v1/media-buys/returned", { tenant: clinic.slug, references, why });
  // Not printed yet, so nothing can have come back.
  expect((await back([one])).status).toBe(400);
  await change(clinic, mailing, "in_production");
  expect((await back([one, "NEVERPR1NTED"])).status).toBe(400);
  expect(await (await back([one])).json()).toEqual({ returned: 1 });
  expect(await (await back([one])).json()).toEqual({ returned: 0 });
  expect(await (await back([two], "refused")).json()).toEqual({ returned: 1 });
  expect(await (await back([three])).json()).toEqual({ returned: 1 });
  expect((await touchesOf(clinic)).map(({ status }) => status).sort()).toEqual(Array(3).fill("undelivered"));
  // The next letter to each of them, as if the nudge wanted one again.
  await clinic.db.run(sql`UPDATE touches SET dedupe_key = 'old:' || id`);
  await bring(desk, clinic, [guest(1, { address: { line1: "77 New Street" } }), guest(2), guest(3)]);
  const [next] = await mailings(desk, clinic);
  expect(next?.recipients).toMatchObject({
    mailed: 1,
    reasons: { opted_out: 1, letter_returned: 1 },
  });
});

test("a mailing that nobody has committed for a day is told of, once", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(desk, clinic, [guest(1), guest(2)]);
  const told = () => clinic.db.all(sql`SELECT code, detail FROM alarms`);
  expect(await told()).toEqual([]);
  await clinic.db.run(sql`UPDATE media_buys SET created_at = created_at - 90000000`);
  await eventually(async () => {
    await desk.strike(clinic);
    return (await told()).length > 0;
  });
  await clinic.db.run(sql`UPDATE alarms SET acknowledged_at = 1`);
  await desk.strike(clinic);
  expect(await told()).toEqual([{ code: "mailing_waits", detail: '{"letters":2}' }]);
});

test("cancelled, nothing of a mailing is printed, and what waited says so", async () => {
  const clinic = await addMailingClinic(desk);
  await bring(desk, clinic, [guest(1), guest(2)]);
  const mailing = await theMailing(desk, clinic);
  await change(clinic, mailing, "committed");
  await change(clinic, mailing, "cancelled");
  expect(await touchesOf(clinic)).toEqual(Array(2).fill({ status: "cancelled", reason: "mailing_cancelled" }));
  await desk.strike(clinic);
  expect((await mailings(desk, clinic)).map(({ status }) => status)).toEqual(["cancelled"]);
});

test("a letter that stands in for a text that cannot reach the person is on a mailing's list like any other", async () => {
  const clinic = await addMailingClinic(desk, {
    step: { channel: "sms", template: "text", fallback: 2 },
    more: [{ channel: "print", anchor: "appointment_start", offsetHours: -168, latePolicy: "send", template: "card" }],
  });
  await bring(desk, clinic, [guest(1, { person: { mobilePhone: undefined } })], {}, 2);
  expect(await touchesOf(clinic)).toEqual([
    { status: "skipped", reason: "no_phone" },
    { status: "claimed", reason: null },
  ]);
  expect((await theMailing(desk, clinic)).recipients).toMatchObject({ planned: 1, mailed: 1 });
});

test("without a printer a letter ends with that as its reason, and no mailing is opened", async () => {
  const clinic = await addMailingClinic(desk, { hasPrinter: false });
  await bring(desk, clinic, [guest(1)]);
  expect(await touchesOf(clinic)).toEqual([{ status: "skipped", reason: "no_way_to_send" }]);
  expect(await mailings(desk, clinic)).toEqual([]);
});

test("a text that is paid for has a media buy with its people, and goes out as ever", async () => {
  const clinic = await addMailingClinic(desk, {
    step: { channel: "sms", template: "text", hasMediaBuy: true, unitCostMicros: 30_000 },
    holdoutPercent: 50,
  });
  const guests = Array.from({ length: 12 }, (_, index) => guest(index + 1));
  await bring(desk, clinic, guests);
  await desk.twilio.settled();
  await eventually(async () =>
    (await touchesOf(clinic)).every(({ status }) => ["delivered", "skipped"].includes(status)),
  );
  const said = (await touchesOf(clinic)).filter(({ status }) => status === "delivered").length;
  expect((await theMailing(desk, clinic)).recipients).toMatchObject({
    planned: 12,
    mailed: said,
    fulfilled: said,
    holdout: 12 - said,
  });
  expect((await refused(clinic, (await theMailing(desk, clinic)).id, "committed"))[0]).toBe(409);
});
