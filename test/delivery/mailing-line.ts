import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { type Clinic, type Desk, eventually, operator } from "../harness.ts";
import { booking, inDays, person, pushImport } from "../imports.ts";
import { openAllDay } from "../visits.ts";

/** Clinics differ in what has to be true of an address before a letter goes there. */
type Wish = { areValidated?: boolean; hasPrinter?: boolean; holdoutPercent?: number; step?: object; more?: object[] };

export type Mailing = {
  id: string;
  status: string;
  recipients: Record<string, number> & { reasons: Record<string, number> };
};

/** A clinic that has letters printed and imports from a system with addresses; its nudge writes a week before a visit. */
export async function addMailingClinic(desk: Desk, wish: Wish = {}): Promise<Clinic> {
  const clinic = await desk.addTenant({
    settings: {
      office: openAllDay,
      schedule: { source: "concrete" },
      ...(wish.hasPrinter !== false && { print: { vendor: "Sample Print" } }),
      addresses: { areValidated: wish.areValidated ?? false },
    },
  });
  await ask(desk, clinic, "/templates/save", {
    key: "card",
    channel: "print",
    category: "care",
    wordings: {
      en: { subject: "See you soon, {{fn}}", body: "Dear {{fn}},\nyour visit is on {{ad}}." },
      es: { subject: "Hasta pronto, {{fn}}", body: "{{fn}}, su visita es el {{ad}}." },
    },
  });
  await ask(desk, clinic, "/templates/save", {
    key: "text",
    channel: "sms",
    category: "care",
    wordings: { en: { body: "Sample Clinic: see you on {{ad}}." } },
  });
  const step = {
    channel: "print",
    anchor: "appointment_start",
    offsetHours: -168,
    latePolicy: "send",
    template: "card",
  };
  const nudge = {
    code: "card",
    name: "Card before a visit",
    category: "care",
    audience: { kind: "appointment_reminder" },
    holdoutPercent: wish.holdoutPercent ?? 0,
    steps: [{ ...step, ...wish.step }, ...(wish.more ?? [])],
  };
  await ask(desk, clinic, "/nudges/save", { nudge });
  await ask(desk, clinic, "/nudges/change", { code: "card", to: "active" });
  return clinic;
}

/** An invented person, by number, with a visit in five days and an address of their own. */
export function guest(number: number, changes: { address?: object | null; person?: object } = {}) {
  const home = { line1: `${number} Sample Way`, city: "Fresno", state: "CA", zip: "93650", ...changes.address };
  return {
    person: person(number, { ...(changes.address !== null && { address: home }), ...changes.person }),
    visit: booking(number, inDays(5)),
  };
}

/** Imports these people with their visits and lets the clock strike until no letter waits to be looked at. */
export async function bring(
  desk: Desk,
  clinic: Clinic,
  guests: ReturnType<typeof guest>[],
  dpv: Record<number, string> = {},
  messages = guests.length,
) {
  await pushImport(clinic, {
    patient: guests.map((each) => each.person),
    appointment: guests.map(({ visit }) => visit),
  });
  await clinic.db.run(sql`UPDATE nudges SET status = 'paused'`);
  const homes = guests.filter((each) => "address" in each.person).length;
  await eventually(async () => {
    await desk.strike(clinic);
    const [open] = await clinic.db.all(sql`SELECT 1 FROM imports WHERE status IN ('staging', 'staged')`);
    const done = await clinic.db.all(sql`SELECT 1 FROM addresses WHERE standard_input_key IS input_key`);
    return !open && done.length === homes;
  }, 30_000);
  for (const [number, answer] of Object.entries(dpv)) {
    await clinic.db.run(sql`UPDATE addresses SET standard_source = 'cass', dpv = ${answer}
      WHERE patient_id = ${await patientOf(clinic, Number(number))}`);
  }
  await clinic.db.run(sql`UPDATE nudges SET status = 'active'`);
  await eventually(async () => {
    await desk.strike(clinic);
    const letters = await clinic.db.all<{ waits: number }>(sql`SELECT
      status = 'planned' AND reason IS NULL OR status = 'claimed' AND lease_until IS NOT NULL AS waits
      FROM touches WHERE step_id IS NOT NULL AND dedupe_key NOT LIKE 'old:%'`);
    return letters.length === messages && letters.every(({ waits }) => waits === 0);
  }, 30_000);
}

export async function patientOf(clinic: Clinic, number: number): Promise<string> {
  const [row] = await clinic.db.all<{ id: string }>(
    sql`SELECT entity_id AS id FROM external_refs WHERE entity = 'patient' AND value = ${`p${number}`}`,
  );
  return row?.id ?? "";
}

/** What the operator is answered; fails unless it is taken. */
export async function ask<Answer>(
  desk: Desk,
  clinic: Pick<Clinic, "slug">,
  path: string,
  content: object,
): Promise<Answer> {
  const answer = await operator(desk.edge, `/admin/v1${path}`, { tenant: clinic.slug, ...content });
  const text = await answer.text();
  expect([answer.status, text]).toEqual([expect.toSatisfy((status: number) => status < 300), text]);
  return JSON.parse(text) as Answer;
}

/** The clinic's media buys, newest first. */
export function mailings(desk: Desk, clinic: Clinic): Promise<Mailing[]> {
  return ask(desk, clinic, "/media-buys/list", {});
}

/** The one mailing of a clinic that has one. */
export async function theMailing(desk: Desk, clinic: Clinic): Promise<Mailing> {
  const [mailing, ...more] = await mailings(desk, clinic);
  if (!mailing || more.length > 0) throw new Error(`expected one mailing, found ${more.length + (mailing ? 1 : 0)}`);
  return mailing;
}
