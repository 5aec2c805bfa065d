import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sourcesFrom } from "../../scraper/imports/open-sources.ts";
import { runImport } from "../../scraper/imports/run-import.ts";
import { createLog } from "../../scraper/log.ts";
import { SycleMapping } from "../../scraper/sycle/mapping.ts";
import { readSycle } from "../../scraper/sycle/read-sycle.ts";
import { hasMariadb, startMysql } from "../sandbox/sycle/mysql.ts";
import { type ClinicDatabase, startPostgres } from "../sandbox/sycle/postgres.ts";
import { insert, practiceRows, TABLES } from "../sandbox/sycle/practice.ts";
import { importLease, recordingImports } from "./recording-imports.ts";

const MAPPING = SycleMapping.parse({});
const LIMITS = { connectMs: 5_000, queryMs: 5_000, pageRows: 2_000 };

type Changes = {
  mapping?: SycleMapping;
  limits?: Partial<typeof LIMITS>;
  asked?: object;
  onPush?: () => Promise<void>;
};

/** One import by the product's own runner on 2027-02-10. */
async function importFrom(address: string, { mapping = MAPPING, limits, asked, onPush }: Changes = {}) {
  const lines: string[] = [];
  const { edge, ...recorded } = recordingImports();
  const pushImport: typeof edge.pushImport = async (chunk) => {
    await onPush?.();
    return edge.pushImport(chunk);
  };
  const read = readSycle({ address, mapping, limits: { ...LIMITS, ...limits } });
  const report = await runImport(importLease("sycle", { timeZone: "America/Phoenix", ...asked }), {
    edge: { ...edge, pushImport },
    sources: { sycle: read },
    log: createLog({ write: (line) => lines.push(line) }),
    now: () => Date.parse("2027-02-10T20:00:00Z"),
  });
  return { report, ...recorded, log: lines.join("\n") };
}

describe("PostgreSQL", () => sameForBoth(startPostgres, (local) => String(local).padStart(2, "0")));
describe.skipIf(!hasMariadb)("MySQL", () => sameForBoth(startMysql, (local) => String(local - 1).padStart(2, "0")));

/** `hour` is UTC's where the clinic's clock shows the given one: MySQL's TIMESTAMP has moved with its server's zone. */
function sameForBoth(start: typeof startPostgres, hour: (local: number) => string): void {
  let clinic: ClinicDatabase;
  beforeAll(async () => {
    clinic = await start(...TABLES, ...practiceRows());
  }, 60_000);
  afterAll(() => clinic?.close());

  test("a clinic's tables are read as rows of the contract, inside the window, closed by counts", async () => {
    const { report, chunks, rowsOf } = await importFrom(clinic.url, { asked: { purchasesFrom: "2027-01-01" } });
    expect(report).toMatchObject({ status: "succeeded", counts: { rows: 9, rejected: 0 } });
    expect(chunks.at(-1)?.end?.counts).toEqual({ patient: 4, appointment: 2, product: 1, purchase: 2 });
    expect(rowsOf("patient")[1]).toMatchObject({
      sourceId: "2",
      givenName: "Bo",
      familyName: "O'Neil",
      birthDate: "1951-04-09",
      isDeceased: false,
      address: { line1: "12 Alder St", zip: "85281" },
      updatedAt: "2027-01-05 09:30:00",
    });
    expect(rowsOf("appointment").map(({ sourceId }) => sourceId)).toEqual(["101", "102"]);
    expect(rowsOf("appointment")[0]).toMatchObject({ startsAt: "2027-02-11 09:30:00", status: "Not Confirmed" });
    expect(rowsOf("product")[0]).toMatchObject({ sku: "HA-1", listPrice: "1299.95" });
    expect(rowsOf("purchase")[0]).toMatchObject({
      sourceId: "1",
      amount: "1299.95",
      currency: "USD",
      status: "sold",
      purchasedAt: "2027-02-01 15:00:00",
      warrantyEndOn: "2029-06-30",
    });
  });

  test("a patient is who bought something that was not voided, or whom the source calls a customer", async () => {
    const { rowsOf } = await importFrom(clinic.url);
    expect(rowsOf("patient").map(({ kind }) => kind)).toEqual(["patient", "prospect", "patient", "prospect"]);
  });

  test("pages follow the primary key: page by page comes what one page would have held", async () => {
    const whole = await importFrom(clinic.url);
    const paged = await importFrom(clinic.url, { limits: { pageRows: 1 } });
    expect(paged.chunks.map(({ rows }) => rows)).toEqual(whole.chunks.map(({ rows }) => rows));
    expect(paged.report.counts).toEqual(whole.report.counts);
  });

  test("times kept in UTC are instants, and the window is a day wider on both sides", async () => {
    const { rowsOf } = await importFrom(clinic.url, { mapping: { ...MAPPING, timesAre: "utc" } });
    expect(rowsOf("appointment").map(({ startsAt }) => startsAt)).toEqual([
      `2027-02-11 ${hour(9)}:30:00Z`,
      `2027-02-11 ${hour(9)}:30:00Z`,
      `2027-08-10 ${hour(9)}:00:00Z`,
      `2027-02-02 ${hour(23)}:30:00Z`,
    ]);
  });

  test("tables and columns that the settings misname end the import as bad_mapping, before anything is said to be whole", async () => {
    const table = { ...MAPPING, purchases: { ...MAPPING.purchases, table: "sales" } };
    expect((await importFrom(clinic.url, { mapping: table })).report.error).toEqual({ code: "bad_mapping" });
    const { columns } = MAPPING.appointments;
    const column = { ...MAPPING.appointments, columns: { ...columns, startsAt: "begins" } };
    const { report, chunks } = await importFrom(clinic.url, { mapping: { ...MAPPING, appointments: column } });
    expect(report.error).toEqual({ code: "bad_mapping" });
    expect(chunks.filter(({ end }) => end)).toEqual([]);
  });

  test("a clinic with other names and words for everything is a matter of settings", async () => {
    await clinic.run(
      "CREATE TABLE kunde (nr VARCHAR(12) PRIMARY KEY, navn VARCHAR(40))",
      "CREATE TABLE salg (nr VARCHAR(12) PRIMARY KEY, kunde_nr VARCHAR(12), pris DECIMAL(8, 2), dato DATE, tilstand VARCHAR(20))",
      insert("kunde", { nr: "k-1", navn: "Ida" }),
      insert("kunde", { nr: "k-2", navn: "Jon" }),
      insert("salg", { nr: "s-1", kunde_nr: "k-1", pris: 90, dato: "2027-02-01", tilstand: "Solgt" }),
      insert("salg", { nr: "s-2", kunde_nr: "k-2", pris: 90, dato: "2027-02-01", tilstand: "Annullert" }),
    );
    const sold = { patientSourceId: "kunde_nr", amount: "pris", purchasedAt: "dato", status: "tilstand" };
    const mapping = SycleMapping.parse({
      patients: { table: "kunde", id: "nr", columns: { givenName: "navn" } },
      products: null,
      purchases: {
        ...{ table: "salg", id: "nr", columns: sold, currency: "NOK" },
        statuses: { solgt: "sold", annullert: "void" },
      },
    });
    const { rowsOf } = await importFrom(clinic.url, { mapping });
    expect(rowsOf("patient")).toEqual([
      { sourceId: "k-1", kind: "patient", givenName: "Ida" },
      { sourceId: "k-2", kind: "prospect", givenName: "Jon" },
    ]);
    expect(rowsOf("purchase").map(({ amount, currency, status }) => [amount, currency, status])).toEqual([
      ["90.00", "NOK", "sold"],
      ["90.00", "NOK", "void"],
    ]);
  });
}

describe.skipIf(!hasMariadb)("MySQL alone, where a second line into the same database can be had", () => {
  let clinic: ClinicDatabase;
  beforeAll(async () => {
    clinic = await startMysql(...TABLES, ...practiceRows(2_100));
  }, 60_000);
  afterAll(() => clinic?.close());

  test("all of a reading is of one moment: what is written meanwhile is in the next one", async () => {
    let written = false;
    const first = await importFrom(clinic.url, {
      onPush: async () => {
        if (written) return;
        written = true;
        await clinic.run(
          insert("customer", { customer_id: 9_999, first_name: "Late", clinic_id: 1 }),
          "UPDATE purchase SET status = 'Void' WHERE customer_id = 1",
          "DELETE FROM appointment WHERE appointment_id = 101",
        );
      },
    });
    expect(first.report.status).toBe("succeeded");
    const counts = { patient: 2_100, appointment: 2_098, product: 1, purchase: 3 };
    expect(first.chunks.at(-1)?.end?.counts).toEqual(counts);
    expect(first.rowsOf("purchase")[0]).toMatchObject({ status: "sold" });
    const { chunks, rowsOf } = await importFrom(clinic.url);
    expect(chunks.at(-1)?.end?.counts).toEqual({ ...counts, patient: 2_101, appointment: 2_097 });
    expect(rowsOf("patient")[0]).toMatchObject({ sourceId: "1", kind: "prospect" });
  });

  test("a refused password and a database that is not ours end the import as login; a closed door, and one without TLS, as unavailable", async () => {
    const at = (changes: Partial<URL>) => importFrom(Object.assign(new URL(clinic.url), changes).href);
    const wrong = await at({ password: "wrong-77aa" });
    expect([wrong.report.error, wrong.report.counts.rows]).toEqual([{ code: "login" }, 0]);
    expect(wrong.log).not.toContain("wrong-77aa");
    expect((await at({ pathname: "/mysql" })).report.error).toEqual({ code: "login" });
    expect((await at({ port: "9" })).report.error).toEqual({ code: "unavailable" });
    expect((await at({ search: "" })).report.error).toEqual({ code: "unavailable" });
  });

  test("a statement that hangs ends the import as timeout", async () => {
    await clinic.run("LOCK TABLES purchase WRITE");
    const { report, chunks } = await importFrom(clinic.url, { limits: { queryMs: 700 } });
    await clinic.run("UNLOCK TABLES");
    expect(report).toMatchObject({ status: "failed", error: { code: "timeout" } });
    expect(chunks.filter(({ end }) => end)).toEqual([]);
  });
});

test("names in the settings are names and never SQL", () => {
  const parse = (table: string) => SycleMapping.safeParse({ patients: { table, id: "id", columns: {} } }).success;
  expect(["customer", "crm.customer"].map(parse)).toEqual([true, true]);
  expect(["customer; DROP TABLE x", 'a"b', "a b", "", "a.b.c"].map(parse)).toEqual([false, false, false, false, false]);
});

test("the settings name the database and the file with its names; what is wrong with them is said, and no password", () => {
  const file = fileURLToPath(new URL("../../package.json", import.meta.url));
  const password = "reader-5d1e";
  const SYCLE_DATABASE_URL = `mysql://hearback:${password}@db.example/sycle`;
  expect(Object.keys(sourcesFrom({ SYCLE_DATABASE_URL }))).toEqual(["sycle"]);
  expect(() => sourcesFrom({ SYCLE_DATABASE_URL, SYCLE_MAPPING: "/nowhere" })).toThrow("SYCLE_MAPPING: no JSON file");
  expect(() => sourcesFrom({ SYCLE_DATABASE_URL, SYCLE_MAPPING: file })).toThrow("Unrecognized key");
  const wrong = () => sourcesFrom({ SYCLE_DATABASE_URL: SYCLE_DATABASE_URL.replace("mysql", "oracle") });
  expect(wrong).toThrow("SYCLE_DATABASE_URL: expected postgres:// or mysql://");
  expect(wrong).not.toThrow(password);
});
