import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConsoleDesk, signIn, startConsole } from "../console/sign-in.ts";
import type { Clinic } from "../harness.ts";
import { addMailingClinic, ask, bring, guest, patientOf, theMailing } from "./mailing-line.ts";

let desk: ConsoleDesk;
beforeAll(async () => {
  desk = await startConsole();
  await desk.addTenant();
});
afterAll(() => desk?.close());

/** A clinic that sends a letter a week before a visit, and a text to those whom it cannot reach. */
const addClinic = (wish: object = {}) => {
  const text = { channel: "sms", anchor: "appointment_start", offsetHours: -168, latePolicy: "send", template: "text" };
  return addMailingClinic(desk, { step: { fallback: 2 }, more: [text], ...wish });
};

/** What became of each person's letter and text, by the person's number. */
async function fates(clinic: Clinic): Promise<Record<string, string>> {
  await desk.twilio.settled();
  const rows = await clinic.db.all<{ person: string; said: string }>(sql`SELECT value AS person,
      group_concat(channel || ' ' || status || coalesce(' ' || reason, ''), ', ') AS said
    FROM (SELECT * FROM touches ORDER BY channel) AS touches JOIN external_refs ON entity_id = patient_id AND entity = 'patient'
    GROUP BY value ORDER BY value`);
  return Object.fromEntries(rows.map(({ person, said }) => [person, said]));
}

const change = (clinic: Clinic, id: string, to: string) => ask(desk, clinic, "/media-buys/change", { id, to });

/** Turns of the clock in which whatever is to be said in a letter's place is planned, and said. */
async function settle(clinic: Clinic): Promise<void> {
  for (const _ of [1, 2, 3]) await desk.strike(clinic);
}

test("whose address the letter cannot go to gets the text that the step names, and nobody else does", async () => {
  const clinic = await addClinic({ areValidated: true });
  const guests = [
    ...[1, 2, 3].map((number) => guest(number)),
    guest(4, { address: { line1: "3 Sample Way" } }),
    guest(5, { address: null }),
  ];
  await bring(desk, clinic, guests, { 1: "N", 2: "D", 3: "Y", 4: "Y" }, 8);
  const all = await fates(clinic);
  expect(all).toMatchObject({
    p1: "print skipped address_not_deliverable, sms delivered",
    p2: "print skipped unit_missing, sms delivered",
    p5: "print skipped no_address, sms delivered",
  });
  // One piece for the two of one house: neither has to be told in another way.
  expect([all.p3, all.p4].sort()).toEqual(["print claimed", "print skipped duplicate_household"]);
});

test("who was told by a letter that came back gets the text, once; who refused it gets none, nor does anybody whose letter may be there", async () => {
  const clinic = await addClinic();
  await bring(desk, clinic, [guest(1), guest(2), guest(3)]);
  const { id } = await theMailing(desk, clinic);
  await change(clinic, id, "committed");
  await change(clinic, id, "in_production");
  await settle(clinic);
  expect(Object.values(await fates(clinic))).toEqual(Array(3).fill("print accepted"));
  const piece = async (number: number) =>
    (
      await clinic.db.all<{ reference: string }>(sql`SELECT reference FROM media_buy_recipients
        WHERE patient_id = ${await patientOf(clinic, number)}`)
    )[0]?.reference;
  const back = async (number: number, why: string) =>
    ask(desk, clinic, "/media-buys/returned", { references: [await piece(number)], why });
  await back(1, "undeliverable");
  await back(2, "refused");
  await settle(clinic);
  await back(1, "undeliverable");
  await settle(clinic);
  expect(await fates(clinic)).toEqual({
    p1: "print undelivered letter_returned, sms delivered",
    p2: "print undelivered letter_returned",
    p3: "print accepted",
  });
  const desks = await signIn(desk, "front_desk");
  const page = await (await desks.get(`/t/${clinic.slug}/why/${await patientOf(clinic, 1)}`)).text();
  expect(page).toContain("By text, because no letter reached them: a letter came back.");
});

test("a mailing that is cancelled is said by text to those who were on its list, and not to those held out", async () => {
  const clinic = await addClinic({ holdoutPercent: 50 });
  const guests = Array.from({ length: 8 }, (_, index) => guest(index + 1));
  await bring(desk, clinic, guests);
  const { id, recipients } = await theMailing(desk, clinic);
  await change(clinic, id, "committed");
  await change(clinic, id, "cancelled");
  await settle(clinic);
  const said = Object.values(await fates(clinic));
  expect(said.filter((fate) => fate === "print cancelled mailing_cancelled, sms delivered")).toHaveLength(
    recipients.mailed ?? -1,
  );
  expect(said.filter((fate) => fate === "print skipped holdout")).toHaveLength(recipients.holdout ?? -1);
});
