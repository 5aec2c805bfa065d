import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { connect, type Db } from "../../db/connect.ts";
import type { Entity } from "../../edge/contract/imports.ts";
import { type Clinic, startDesk } from "../harness.ts";
import { chunksOf, inDays } from "../imports.ts";
import { peakMemoryMB, workerdPid } from "../sandbox/processes.ts";
import { startSqld } from "../sandbox/sqld.ts";
import type { Measured } from "./run.ts";

const PATIENTS = 20_000;
const VISITS = 20_000;
const PRODUCTS = 500;
const PURCHASES = 9_500;
const ROWS = PATIENTS + VISITS + PRODUCTS + PURCHASES;

export const name = "import";

/**
 * 50,000 rows of a source by signed chunks through staging into the store: sealed, indexed, linked, counted. Held
 * against the same rows written unsealed by a bare client, each entity into one plain table, 1,000 to a batch. The second
 * time nothing has changed at the source.
 */
export async function run(): Promise<Measured> {
  const desk = await startDesk();
  const plain = await startSqld();
  try {
    const clinic = await desk.addTenant();
    await plain.createNamespace("plain");
    const rows = sourceRows();
    const baseline = await seconds(() => insertPlain(connect({ url: plain.url, deadlineMs: 60_000 }, "plain"), rows));
    const first = await seconds(() => importAll(clinic, rows));
    await quiet(clinic);
    const second = await seconds(() => importAll(clinic, rows));
    const pid = await workerdPid(Number(new URL(desk.edge.url).port));
    return {
      value: Math.round(ROWS / first),
      unit: "rows/s",
      baseline: Math.round(ROWS / baseline),
      ratio: Number((baseline / first).toPrecision(4)),
      aim: 0.3,
      memoryMB: await peakMemoryMB(pid),
      also: { secondTimeFaster: Number((first / second).toPrecision(3)) },
    };
  } finally {
    await plain.close();
    await desk.close();
  }
}

/** All people and half a year of visits, so that what is gone is looked for. */
const SCOPE = {
  whole: ["patient"],
  appointmentsFrom: inDays(-7).slice(0, 10),
  appointmentsTo: inDays(180).slice(0, 10),
};

type Rows = Record<Entity, Record<string, string | number>[]>;

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Pushes the whole reading and waits until it is applied. */
async function importAll(clinic: Clinic, rows: Rows): Promise<void> {
  const runId = randomUUID();
  for (const body of await chunksOf(rows, { runId, scope: SCOPE })) {
    const answer = await clinic.send("/imports", body);
    if (!answer.ok) throw new Error(`import answered ${answer.status}`);
  }
  for (;;) {
    const [row] = await clinic.db.all<{ status: string }>(sql`SELECT status FROM imports WHERE id = ${runId}`);
    if (row?.status === "applied") return;
    if (row?.status !== "staged") throw new Error(`import is ${row?.status}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until the clock is through with what the first import gave it to do: planning, and dropping what was staged. */
async function quiet(clinic: Clinic): Promise<void> {
  for (;;) {
    const [left] = await clinic.db.all<{
      n: number;
      rejected: number;
    }>(sql`SELECT (SELECT count(*) FROM appointments WHERE needs_planning = 1)
      + (SELECT count(*) FROM staged_rows WHERE reject_reason IS NULL) AS n,
      (SELECT count(*) FROM staged_rows WHERE reject_reason IS NOT NULL) AS rejected`);
    if (left?.rejected) throw new Error(`${left.rejected} rows were not taken`);
    if (left?.n === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function insertPlain(db: Db, rows: Rows): Promise<void> {
  for (const [entity, all] of Object.entries(rows)) {
    const names = Object.keys(all[0] ?? {});
    const columns = names.map((each) => (each === "sourceId" ? "sourceId TEXT PRIMARY KEY" : each));
    await db.run(sql.raw(`CREATE TABLE ${entity}s (${columns.join(", ")})`));
    const into = sql.raw(`INSERT INTO ${entity}s (${names.join(", ")}) VALUES`);
    for (let start = 0; start < all.length; start += 1000) {
      const [first, ...rest] = all.slice(start, start + 1000).map((row) =>
        db.run(
          sql`${into} (${sql.join(
            names.map((each) => sql`${row[each]}`),
            sql`, `,
          )})`,
        ),
      );
      if (first) await db.batch([first, ...rest]);
    }
  }
}

function sourceRows(): Rows {
  const two = (value: number) => String(value).padStart(2, "0");
  return {
    patient: Array.from({ length: PATIENTS }, (_, index) => ({
      sourceId: `p${index}`,
      kind: index % 3 === 0 ? "prospect" : "patient",
      givenName: `Test${index}`,
      familyName: "Sample",
      birthDate: `${1930 + (index % 80)}-03-${two(1 + (index % 28))}`,
      mobilePhone: `202555${String(100 + (index % 100)).padStart(4, "0")}`,
      email: `test${index}@sample.example`,
    })),
    appointment: Array.from({ length: VISITS }, (_, index) => ({
      sourceId: `a${index}`,
      patientSourceId: `p${(index * 7) % PATIENTS}`,
      officeSourceId: "1",
      name: "Hearing test",
      status: index % 2 === 0 ? "Confirmed" : "Not Confirmed",
      startsAt: `${inDays(index % 180).slice(0, 10)}T${two(9 + (index % 10))}:${two(index % 60)}`,
      provider: "Dr Sample",
    })),
    product: Array.from({ length: PRODUCTS }, (_, index) => ({
      sourceId: `x${index}`,
      name: `Product ${index}`,
      category: "Aids",
    })),
    purchase: Array.from({ length: PURCHASES }, (_, index) => ({
      sourceId: `s${index}`,
      patientSourceId: `p${(index * 11) % PATIENTS}`,
      productSourceId: `x${index % PRODUCTS}`,
      quantity: 1,
      amount: "129.95",
      currency: "USD",
      purchasedAt: inDays(-1 - (index % 1_500), "10:30"),
      status: "sold",
    })),
  };
}
