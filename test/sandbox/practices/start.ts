import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SycleMapping } from "../../../scraper/sycle/mapping.ts";
import { type Cassify, startCassify } from "../cassify/start.ts";
import { type Concrete, startConcrete } from "../concrete/start.ts";
import { type Sftp, startSftp } from "../sftp/start.ts";
import { type Sqs, startSqs } from "../sqs/start.ts";
import { type ClinicDatabase, startPostgres } from "../sycle/postgres.ts";
import { TABLES } from "../sycle/practice.ts";
import { inConcrete } from "./in-concrete.ts";
import { inSycle } from "./in-sycle.ts";
import type { Practice } from "./invent.ts";
import type { PracticeName } from "./invent-all.ts";

/** The systems of the clinics that are imported from, with an invented practice in each. */
export type Practices = {
  concrete: Concrete;
  /** The databases of mhc and ssm, as two schemas of one server. */
  sycle: ClinicDatabase;
  sqs: Sqs;
  cassify: Cassify;
  /** Who prints bcb's letters. */
  printer: Sftp;
  /** What was put into them. */
  invented: Record<PracticeName, Practice>;
  /** How the two clinics' databases are called, by the clinic's slug. */
  schemas: Record<"mhc" | "ssm", string>;
  /** The settings with which the container of each clinic finds its source, by the clinic's slug. */
  sourceSettings: Record<PracticeName, Record<string, string>>;
  /** The settings with which the Worker finds the queues. */
  queueSettings: Record<string, string>;
  /** How the desk names mhc's database and its login over the queues. */
  refresh: { source: string; database: string; credentialRef: string };
  /** The file of the program at mhc's side, for clinics with these keys. */
  writeClinics(clinics: { tenant: string; keyId: string; keySecret: string }[]): string;
  close(): Promise<void>;
};
/** As the clinics call their databases. */
const SCHEMAS = { mhc: "sycle_1386_ahcoa", ssm: "sycle_3347_ssm" } as const;

/** Starts all of them, `today` (`YYYY-MM-DD`); the databases take about two seconds. */
export async function startPractices(practices: Record<PracticeName, Practice>, today: string): Promise<Practices> {
  const account = { username: "hearback", password: randomBytes(6).toString("hex") };
  const keys = {
    accessKeyId: `AKID${randomBytes(8).toString("hex")}`,
    secretAccessKey: randomBytes(24).toString("base64"),
  };
  const folder = mkdtempSync(join(tmpdir(), "hearback-practices-"));
  const [concrete, sycle, sqs, cassify, printer] = await Promise.all([
    startConcrete({ account, today, practice: inConcrete(practices.bcb) }),
    startPostgres(...schemaOf(SCHEMAS.mhc, practices.mhc), ...schemaOf(SCHEMAS.ssm, practices.ssm)),
    startSqs(keys),
    startCassify(({ addr1, city, state, zip }, index) => certified({ addr1, city, state, zip }, index)),
    startSftp(),
  ]);
  const refresh = { source: "sycle", database: SCHEMAS.mhc, credentialRef: "sycle/mhc#1" };
  const validating = { CASSIFY_URL: cassify.url, CASSIFY_KEY: cassify.key };
  const inSchema = (schema: string) => ({
    SYCLE_DATABASE_URL: sycle.url,
    SYCLE_MAPPING: writeMapping(folder, schema),
    ...validating,
  });
  return {
    concrete,
    sycle,
    sqs,
    cassify,
    printer,
    invented: practices,
    schemas: SCHEMAS,
    sourceSettings: {
      bcb: {
        CONCRETE_URL: concrete.url,
        CONCRETE_USERNAME: account.username,
        CONCRETE_PASSWORD: account.password,
        ...validating,
        PRINT_SFTP_URL: printer.url,
        PRINT_SFTP_HOST_KEY: printer.hostKey,
        PRINT_SFTP_PASSWORD: printer.password,
      },
      mhc: inSchema(SCHEMAS.mhc),
      ssm: inSchema(SCHEMAS.ssm),
    },
    queueSettings: {
      REFRESH_REQUESTS_URL: sqs.queueUrl("sycle-refresh-in.fifo"),
      REFRESH_REPLIES_URL: sqs.queueUrl("sycle-refresh-out.fifo"),
      SQS_REGION: "us-west-2",
      SQS_ACCESS_KEY_ID: keys.accessKeyId,
      SQS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    },
    refresh,
    writeClinics(clinics) {
      const { credentialRef, database } = refresh;
      const login = { database, url: sycle.url, mapping: `${SCHEMAS.mhc}.json` };
      const content = clinics.map((clinic) => ({ ...clinic, credentials: { [credentialRef]: login } }));
      const file = join(folder, "clinics.json");
      writeFileSync(file, JSON.stringify(content, null, 2));
      return file;
    },
    async close() {
      await Promise.all([concrete, sycle, sqs, cassify, printer].map((part) => part.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Everything else than this asks for the schema by name, as our connector does by its mapping. */
function schemaOf(schema: string, practice: Practice): string[] {
  const open = [`CREATE SCHEMA ${schema}`, `SET search_path TO ${schema}`];
  return [...open, ...TABLES, ...inSycle(practice), "SET search_path TO public"];
}

/** The clinic's tables by their whole names, in a file as a clinic would have one. */
function writeMapping(folder: string, schema: string): string {
  const { patients, appointments, products, purchases, ...rest } = SycleMapping.parse({});
  const within = <Part extends { table: string }>(part: Part) => ({ ...part, table: `${schema}.${part.table}` });
  const mapping = {
    ...rest,
    patients: within(patients),
    appointments: within(appointments),
    products: products && within(products),
    purchases: within(purchases),
  };
  const file = join(folder, `${schema}.json`);
  writeFileSync(file, JSON.stringify(mapping, null, 2));
  return file;
}

/** Every tenth address lacks its unit, and one in seventeen is not known. */
function certified(line: Record<string, unknown>, index: number): object {
  if (index % 17 === 16) return { dpv: "N" };
  const { addr1, city, state, zip } = line;
  return {
    addr1,
    city,
    state,
    zip5: zip,
    zip4: "0101",
    dp2: "99",
    carrier_route: "C001",
    dpv: index % 10 === 9 ? "D" : "Y",
  };
}
