import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, startDesk } from "../harness.ts";
import { booking, lastOf, person, pushImport, sale } from "../imports.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.close());

const DAY_MS = 86_400_000;
/** `YYYY-MM-DDTHH:MM` so many days from now. */
const inDays = (days: number, time = "10:00") =>
  `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)}T${time}`;

async function one<Row extends object>(clinic: Clinic, query: ReturnType<typeof sql>): Promise<Row> {
  const [row] = await clinic.db.all<Row>(query);
  if (!row) throw new Error("no row");
  return row;
}
const count = async (clinic: Clinic, table: string) =>
  (await one<{ n: number }>(clinic, sql`SELECT count(*) AS n FROM ${sql.identifier(table)}`)).n;

test("customers, visits, products and purchases of one import are stored together, identity sealed, and linked to each other", async () => {
  const clinic = await desk.addTenant();
  const address = { line1: "1 Sample Way", city: "Fresno", state: "CA", zip: "93650" };
  const replies = pushImport(clinic, {
    patient: [
      person(1, { email: "One@Example.COM", homePhone: "202-555-0190", address, language: "Spanish" }),
      person(2, { kind: "prospect" }),
    ],
    appointment: [booking(1, inDays(3)), booking(2, inDays(4))],
    product: [{ sourceId: "x1", name: "Hearing aid", listPrice: "1299.5" }],
    purchase: [
      sale(1, { productSourceId: "x1", appointmentSourceId: "a1" }),
      sale(2, { purchasedAt: `${inDays(4, "16:00")}` }),
      sale(3, { patientSourceId: "p1", amount: "-20.50", status: "returned", purchasedAt: "2020-01-01" }),
    ],
  });
  expect(await lastOf(replies)).toBe("applied");
  const people = await clinic.db.all<{ kind: string; language: string | null; sealed: string }>(
    sql`SELECT kind, language, sealed FROM patients ORDER BY kind`,
  );
  expect(people.map(({ kind, language }) => [kind, language])).toEqual([
    ["patient", "es"],
    ["prospect", null],
  ]);
  const systems = await clinic.db.all(
    sql`SELECT system, count(*) AS n FROM contact_points GROUP BY system ORDER BY system`,
  );
  expect(systems).toEqual([
    { system: "mail", n: 1 },
    { system: "phone", n: 1 },
    { system: "sms", n: 2 },
  ]);
  expect(await count(clinic, "addresses")).toBe(1);
  const sales =
    await clinic.db.all(sql`SELECT amount_micros AS micros, link_method AS link, product_id IS NOT NULL AS known,
    appointment_id IS NOT NULL AS visited FROM purchases ORDER BY amount_micros DESC, link_method`);
  expect(sales).toEqual([
    { micros: 129_950_000, link: "same_day", known: 0, visited: 1 },
    { micros: 129_950_000, link: "source", known: 1, visited: 1 },
    { micros: -20_500_000, link: "none", known: 0, visited: 0 },
  ]);
  for (const table of ["patients", "contact_points", "addresses", "staged_rows", "change_log"]) {
    const text = JSON.stringify(await clinic.db.all(sql`SELECT * FROM ${sql.identifier(table)}`));
    expect(text).not.toMatch(/Test1|Sample Way|5550101|example\.com|1941-03-09/i);
  }
});
