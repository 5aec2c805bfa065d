import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine, type Line } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";
import { booking, lastOf, person, pushImport } from "../imports.ts";
import { seenVisit } from "../visits.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const { startsAt } = seenVisit();
const seen = (number: number, changes: object = {}) =>
  booking(number, startsAt, { name: "CLINICIAN", provider: "CNS", status: "Seen", ...changes });

test("whoever has died, must not be contacted or went from the source is not asked, also when that is known only after the question was planned", async () => {
  const clinic = await addImportingLine("+12025550140");
  const people = [person(1), person(2), person(3, { isDeceased: true }), person(4)];
  const appointment = [1, 2, 3, 4].map((number) => seen(number));
  await hold(clinic);
  await read(clinic, { patient: people, appointment });
  await clinic.strike();
  expect(await reasons(clinic)).toEqual([null, null, null]);
  const later = [person(1), person(2, { doNotContact: true }), people[2], person(4, { isRemoved: true })];
  await read(clinic, { patient: later as object[], appointment });
  await release(clinic);
  expect(await reasons(clinic)).toEqual([null, "do_not_contact", "removed"]);
  expect([1, 2, 3, 4].map((number) => clinic.said(`+1202555010${number}`).length)).toEqual([1, 0, 0, 0]);
});

test.each([
  ["when it is planned anew", "+12025550141", 1],
  ["at hand-over, before that", "+12025550142", 0],
])("a visit that turns out to be another person's asks neither of them: %s", async (_, number, isPlannedAnew) => {
  const clinic = await addImportingLine(number);
  const patient = [person(1), person(2)];
  await hold(clinic);
  await read(clinic, { patient, appointment: [seen(1)] });
  await clinic.strike();
  await read(clinic, { patient, appointment: [seen(1, { patientSourceId: "p2" })] });
  await clinic.db.run(sql`UPDATE appointments SET needs_planning = ${isPlannedAnew}`);
  await release(clinic);
  expect(await reasons(clinic)).toEqual(["visit_changed"]);
  expect([1, 2].map((number) => clinic.said(`+1202555010${number}`))).toEqual([[], []]);
});

function addImportingLine(number: string): Promise<Line> {
  return addLine(desk, number, { settings: { schedule: { source: "concrete", statuses: { Seen: "fulfilled" } } } });
}

async function read(clinic: Line, rows: Parameters<typeof pushImport>[1]): Promise<void> {
  expect(await lastOf(pushImport(clinic, rows))).toBe("applied");
}

function hold(clinic: Line) {
  return clinic.db.run(sql`INSERT INTO pauses (id, kind, reason, by, created_at) VALUES ('pse_1', NULL, 'x', 'x', 1)`);
}

async function release(clinic: Line): Promise<void> {
  await clinic.db.run(sql`UPDATE pauses SET lifted_at = 1`);
  await clinic.makeDue();
  await clinic.until("delivered", "cancelled", "skipped");
}

async function reasons(clinic: Line): Promise<(string | null)[]> {
  const rows = await clinic.db.all<{ reason: string | null }>(sql`SELECT iif(reason = 'paused', NULL, reason) AS reason
    FROM touches JOIN external_refs ON entity_id = patient_id ORDER BY value`);
  return rows.map(({ reason }) => reason);
}
