import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mayMail } from "../../edge/mailable.ts";
import { standardiseLocally } from "../../edge/sources/addresses/standardise-locally.ts";
import { validateOverHttp } from "../../scraper/cassify/validate-over-http.ts";
import { createLog } from "../../scraper/log.ts";
import { takeJob } from "../../scraper/take-job.ts";
import { type Clinic, type Desk, eventually, startDesk } from "../harness.ts";
import { person, pushImport } from "../imports.ts";
import { type Cassify, type Lookup, startCassify } from "../sandbox/cassify/start.ts";
import { edgeClient } from "../scraper/scrape-command.ts";

let desk: Desk;
let service: Cassify;
/** What the service answers; a test may set it. */
let lookUp: Lookup = () => ({});
beforeAll(async () => {
  desk = await startDesk();
  service = await startCassify((line, index) => lookUp(line, index));
});
afterAll(async () => {
  await service?.close();
  await desk?.close();
});

const known = (line: { addr1: string }) => ({
  addr1: line.addr1.toUpperCase(),
  ...{ city: "FRESNO", state: "CA", zip5: "93650", zip4: "1234", dp2: "01", carrier_route: "C001" },
});

function addressed(number: number, address: object = {}, who = number) {
  const line1 = `${number} Sample Way`;
  return person(who, { address: { line1, city: "Fresno", state: "CA", zip: "93650", ...address } });
}

const all = (clinic: Clinic) =>
  clinic.db.all<Record<string, unknown>>(sql`SELECT standard_source AS source, dpv, is_vacant AS vacant,
    standard_sealed IS NOT NULL AS known, household_key AS household FROM addresses ORDER BY patient_id`);

/** Everything standardised here, and a job made for the container where the clinic wants one. */
async function locally(clinic: Clinic, people: number): Promise<void> {
  await desk.strike(clinic);
  await eventually(async () => {
    const done = (await all(clinic)).filter(({ source }) => source !== null).length;
    if (done < people) await desk.strike(clinic);
    return done === people;
  });
}

async function validateNow(clinic: Clinic) {
  await clinic.db.run(sql`DELETE FROM jobs`);
  await desk.strike(clinic);
  await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM jobs WHERE kind = 'cassify'`)).length === 1);
  const validate = validateOverHttp({ CASSIFY_URL: service.url, CASSIFY_KEY: service.key });
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line) });
  const taken = await takeJob({ edge: edgeClient(desk.edge.url, clinic), sources: {}, validate, log });
  return { taken, log: lines.join("\n") };
}

test("an address says by which clock and which state's law its person is written to, and a new one says it anew", async () => {
  const clinic = await desk.addTenant();
  const where = () => clinic.db.all(sql`SELECT time_zone AS zone, state FROM patients`);
  await pushImport(clinic, { patient: [addressed(1)] });
  await locally(clinic, 1);
  expect(await where()).toEqual([{ zone: "America/Los_Angeles", state: "CA" }]);
  await pushImport(clinic, { patient: [addressed(2, { city: "Bristol", state: "Tennessee", zip: "37321" }, 1)] });
  await eventually(async () => {
    await desk.strike(clinic);
    return JSON.stringify(await where()).includes("TN");
  });
  expect(await where()).toEqual([{ zone: "America/New_York America/Chicago", state: "TN" }]);
  await pushImport(clinic, { patient: [addressed(3, { zip: "none", state: "Somewhere" }, 1)] });
  await eventually(async () => {
    await desk.strike(clinic);
    return !JSON.stringify(await where()).includes("TN");
  });
  expect(await where()).toEqual([{ zone: null, state: null }]);
});

test("a file of 1,000 addresses without a name or birth date comes back by its keys: 940 may be mailed, 30 want a unit, 30 stay [NUDGE-31]", async () => {
  const clinic = await desk.addTenant({ settings: { addresses: { areValidated: true } } });
  const people = Array.from({ length: 1_000 }, (_, index) => addressed(index + 1));
  await pushImport(clinic, { patient: people });
  await locally(clinic, 1_000);
  lookUp = (line, index) => {
    if (index < 940) return { ...known(line), dpv: "Y" };
    if (index < 970) return { ...known(line), dpv: "D" };
    return index < 990 ? { ...known(line), dpv: "N" } : { dpv: "" };
  };
  const { taken, log } = await validateNow(clinic);
  expect(taken).toMatchObject({
    status: "succeeded",
    counts: { rows: 1_000, answered: 1_000, applied: 1_000, unmatched: 0, rejected: 0 },
  });
  const file = service.files.at(-1) ?? "";
  const columns = new Set(
    file
      .trim()
      .split("\n")
      .flatMap((line) => Object.keys(JSON.parse(line))),
  );
  expect([...columns]).toEqual(["row_key", "addr1", "addr2", "city", "state", "zip"]);
  expect(file).not.toMatch(/Test\d|19\d\d-03-09|555-01|pat_/);
  expect(log).not.toContain("Sample Way");
  const rows = await all(clinic);
  const decisions = rows.map(({ dpv, vacant }) =>
    mayMail({ dpv: dpv as string | null, isVacant: vacant === 1, isDeceased: false }),
  );
  const count = (may: string) => decisions.filter((decision) => decision.may === may).length;
  expect([count("mail"), count("ask_unit"), count("suppress")]).toEqual([940, 30, 30]);
  expect(new Set(rows.map(({ source }) => source))).toEqual(new Set(["cass"]));
  expect(rows.filter((row) => row.known === 0)).toHaveLength(10);
  expect(JSON.stringify(await clinic.db.all(sql`SELECT * FROM addresses`))).not.toMatch(/SAMPLE WAY|FRESNO/);
});

test("an address that changes while its file is away is not overwritten by the answer, and is asked for again", async () => {
  const clinic = await desk.addTenant({ settings: { addresses: { areValidated: true } } });
  await pushImport(clinic, { patient: [addressed(1), addressed(2)] });
  await locally(clinic, 2);
  const moved = { line1: "99 Other Rd" };
  lookUp = (line) => ({ ...known(line), dpv: "Y" });
  const validate = validateOverHttp({ CASSIFY_URL: service.url, CASSIFY_KEY: service.key });
  const { taken } = await (async () => {
    await eventually(async () => (await clinic.db.all(sql`SELECT 1 FROM jobs WHERE kind = 'cassify'`)).length === 1);
    const meanwhile = async (file: string, signal: AbortSignal) => {
      await pushImport(clinic, { patient: [addressed(1, moved), addressed(2)] });
      return validate(file, signal);
    };
    const edge = edgeClient(desk.edge.url, clinic);
    return { taken: await takeJob({ edge, sources: {}, validate: meanwhile, log: createLog({ write: () => {} }) }) };
  })();
  expect(taken).toMatchObject({ counts: { rows: 2, applied: 1, unmatched: 1 } });
  await locally(clinic, 2);
  expect((await all(clinic)).map(({ source, dpv }) => [source, dpv]).sort()).toEqual([
    ["cass", "Y"],
    ["local", null],
  ]);
  await validateNow(clinic);
  expect(
    service.files
      .at(-1)
      ?.trim()
      .split("\n")
      .map((line) => JSON.parse(line).addr1),
  ).toEqual(["99 Other Rd"]);
});

test("a file that does not match its digest, a line that is no answer and a service that is down change nothing", async () => {
  const clinic = await desk.addTenant({ settings: { addresses: { areValidated: true } } });
  await pushImport(clinic, { patient: [addressed(1)] });
  await locally(clinic, 1);
  lookUp = (line) => ({ ...known(line), dpv: "Y" });
  const codes = [];
  for (const how of ["digest", "line", "down"] as const) {
    service.fail(how);
    codes.push((await validateNow(clinic)).taken);
  }
  service.fail(null);
  expect(codes).toMatchObject([
    { status: "failed", error: { code: "answer_mismatch" } },
    { status: "failed", error: { code: "answer_broken" } },
    { status: "failed", error: { code: "unavailable" } },
  ]);
  expect(await all(clinic)).toMatchObject([{ source: "local", dpv: null }]);
});

test("only who holds the lease sees addresses; a key of another job is no key", async () => {
  const clinic = await desk.addTenant({ settings: { addresses: { areValidated: true } } });
  await pushImport(clinic, { patient: [addressed(1)] });
  await locally(clinic, 1);
  const edge = edgeClient(desk.edge.url, clinic);
  const { lease } = await edge.lease(["cassify"], "one");
  if (!lease) throw new Error("no lease");
  await expect(edge.addressPage({ ...lease, leaseToken: "forged" })).rejects.toMatchObject({ status: 409 });
  const { rows } = await edge.addressPage(lease);
  await edge.finish(lease, { status: "failed", counts: {} });
  await expect(edge.addressPage(lease)).rejects.toMatchObject({ status: 409 });
  await clinic.db.run(sql`DELETE FROM jobs`);
  await desk.strike(clinic);
  const next = await eventually(async () => (await edge.lease(["cassify"], "two")).lease);
  const [row] = rows;
  if (!row) throw new Error("no row");
  const stale = { ...known(row), addr2: "", row_key: row.row_key, dpv: "Y" as const, vacant: false };
  expect(await edge.pushStandardised(next, [stale])).toEqual({ applied: 0, unmatched: 1, rejected: 0 });
});

test("addresses are put into the post office's form as they come, and one household is known by one key", async () => {
  const clinic = await desk.addTenant();
  await pushImport(clinic, {
    patient: [
      addressed(1, { line1: "40 North Birch Avenue", line2: "Apt. 3", state: "California" }),
      addressed(2, { line1: "40 n. birch ave apt #3", state: "CA" }),
      addressed(3, { line1: "40 N Birch Ave Apt 4" }),
    ],
  });
  await locally(clinic, 3);
  const rows = await all(clinic);
  expect(rows).toMatchObject(rows.map(() => ({ source: "local", dpv: null, known: 1 })));
  expect(new Set(rows.map(({ household }) => household)).size).toBe(2);
  expect(await clinic.db.all(sql`SELECT id FROM jobs WHERE kind = 'cassify'`)).toEqual([]);
});

test("an address that was changed in the store keeps no other from being put into form, nor from the service", async () => {
  const clinic = await desk.addTenant();
  await pushImport(clinic, { patient: [addressed(1), addressed(2)] });
  await locally(clinic, 2);
  const both = sql`UPDATE addresses SET standard_input_key = NULL, standard_sealed = NULL, household_key = NULL`;
  await clinic.db.run(both);
  await clinic.db.run(
    sql`UPDATE addresses SET sealed = 'moved' WHERE patient_id = (SELECT min(patient_id) FROM addresses)`,
  );
  await desk.strike(clinic);
  await eventually(async () => {
    const rows = await clinic.db.all(sql`SELECT 1 FROM addresses WHERE standard_input_key IS NOT input_key`);
    return rows.length === 0;
  });
  expect(await clinic.db.all(sql`SELECT count(*) AS n FROM addresses WHERE household_key IS NOT NULL`)).toEqual([
    { n: 1 },
  ]);
});

test.each([
  ["123 North Main Street", "", "123 N MAIN ST"],
  ["123 N. Main St.", "Apartment 4-B", "123 N MAIN ST APT 4-B"],
  ["9 North St", "", "9 NORTH ST"],
  ["77 Avenue B", "", "77 AVENUE B"],
  ["5 Park Avenue South", "Suite # 200", "5 PARK AVE S STE 200"],
  ["12-14 Ñandú Lane", "", "12-14 NANDU LN"],
  ["P.O. Box 99", "", "PO BOX 99"],
  ["40 Circle Drive #7", "", "40 CIRCLE DR # 7"],
])("%s %s is %s", (line1, line2, expected) => {
  const { address, problems } = standardiseLocally({
    line1,
    line2,
    city: "St. Paul",
    state: "minnesota",
    zip: "55101-1234",
  });
  expect(address.line1).toBe(expected);
  expect(address).toMatchObject({ city: "ST PAUL", state: "MN", zip5: "55101", zip4: "1234" });
  expect(problems).toEqual([]);
});

test("what looks wrong about an address is named", () => {
  const problemsOf = (changes: object) =>
    standardiseLocally({ line1: "1 Elm St", city: "Tempe", state: "AZ", zip: "85281", ...changes }).problems;
  expect(problemsOf({ line1: "Elm St" })).toEqual(["number_missing"]);
  expect(problemsOf({ state: "Arizonia" })).toEqual(["state_unknown"]);
  expect(problemsOf({ zip: "8528" })).toEqual(["zip_malformed"]);
  expect(problemsOf({ zip: "02139" })).toEqual(["zip_not_in_state"]);
});

test("a letter goes to validated addresses only; a missing unit is asked for; the dead and the vacant get none", () => {
  const decide = (dpv: string | null, changes: object = {}) =>
    mayMail({ dpv, isVacant: false, isDeceased: false, ...changes });
  expect(decide("Y")).toEqual({ may: "mail" });
  expect([decide("S"), decide("D")]).toEqual([{ may: "ask_unit" }, { may: "ask_unit" }]);
  expect([decide("N"), decide("R")].map(({ may }) => may)).toEqual(["suppress", "suppress"]);
  expect(decide("")).toEqual({ may: "suppress", why: "not_found" });
  expect(decide(null)).toEqual({ may: "suppress", why: "not_validated" });
  expect(decide("Y", { isVacant: true })).toEqual({ may: "suppress", why: "vacant" });
  expect(decide("Y", { isDeceased: true })).toEqual({ may: "suppress", why: "deceased" });
});
