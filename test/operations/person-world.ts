import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { addLine, type Line } from "../clinic-line.ts";
import { type Desk, eventually } from "../harness.ts";
import { booking, inDays, pushImport, sale } from "../imports.ts";
import { post } from "../responses/survey-desk.ts";
import { seenVisit, todayIn } from "../visits.ts";

/** Whom all of it is about, and somebody at the same number, and somebody else. */
export const ZEBULON = {
  name: "ZEBULON QUACKENBUSH",
  birthDate: "1931-07-23",
  phone: "+12025550171",
  mail: "zebulon.quackenbush@example.org",
  street: "17 Marzipan Lane",
  words: "xylophone marmalade",
  texted: "please stop texting me, grandmother of otters",
};
export const OCTAVIA = { name: "OCTAVIA HAMSTERWHEEL", birthDate: "1948-02-29", phone: "+12025550172" };

/** A clinic that knows Zebulon from its schedule and from an import, asked him, and heard from him by form and by text. */
export async function clinicOfZebulon(desk: Desk, number: string): Promise<Line & { patientId: string }> {
  const clinic = await addLine(desk, number, { settings: { ask: { surveyId: "visit-follow-up" } } });
  await pushImport(clinic, importOf("p1"));
  await desk.strike(clinic);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM imports WHERE status = 'applied'`)).length === 1);
  await clinic.push(todayIn(), scheduleRows());
  await clinic.until("delivered", "skipped");
  const link = /http\S+/.exec(clinic.said(ZEBULON.phone)[0] ?? "")?.[0] ?? "";
  const own: [string, string][] = [["form-version", "visit-follow-up@1"]];
  const answers = { feelingNow: "worse", whatIsWorse: ZEBULON.words };
  expect((await post(link, answers, {}, own)).status).toBe(303);
  await clinic.text(ZEBULON.phone, ZEBULON.texted);
  const [person] = await clinic.db.all<{ id: string }>(
    sql`SELECT entity_id AS id FROM external_refs WHERE entity = 'patient' AND value = 'p1'`,
  );
  return { ...clinic, patientId: person?.id ?? "" };
}

/** Zebulon as another system has him, with a visit to come and a purchase, beside somebody else. */
export function importOf(sourceId: string) {
  const [givenName, familyName] = ZEBULON.name.split(" ");
  const address = { line1: ZEBULON.street, city: "Washington", state: "DC", zip: "20001" };
  const contacts = { mobilePhone: ZEBULON.phone, email: ZEBULON.mail, address };
  const zebulon = { sourceId, kind: "patient", givenName, familyName, birthDate: ZEBULON.birthDate, ...contacts };
  const other = { sourceId: "p2", kind: "patient", givenName: "Olive", familyName: "Other", birthDate: "1960-01-02" };
  return {
    patient: [zebulon, other],
    appointment: [booking(1, inDays(5), { patientSourceId: sourceId }), booking(2, inDays(6))],
    product: [],
    purchase: [sale(1, { patientSourceId: sourceId }), sale(2)],
  };
}

/** The day's schedule: Zebulon was here, and so was Octavia. */
export function scheduleRows() {
  return [
    seenVisit({ patientName: ZEBULON.name, birthDate: ZEBULON.birthDate, phone: ZEBULON.phone, nickname: "Zebbie" }),
    seenVisit({ patientName: OCTAVIA.name, birthDate: OCTAVIA.birthDate, phone: OCTAVIA.phone }),
  ];
}
