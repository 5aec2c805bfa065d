import { Temporal } from "temporal-polyfill";
import type { Batch, ReadSource } from "../imports/source.ts";
import type { DatabaseLimits, Row, SycleDatabase } from "./database.ts";
import { mapAppointment, mapPatient, mapProduct, mapPurchase } from "./map-rows.ts";
import type { SycleMapping } from "./mapping.ts";
import { openDatabase } from "./open-database.ts";

export type SycleSettings = { address: string; mapping: SycleMapping; limits: DatabaseLimits & { pageRows: number } };

/**
 * A clinic's Sycle database, read by its primary keys in one transaction that sees one moment and may not write:
 * customers and prospects, appointments and purchases inside the window, products.
 */
export function readSycle({ address, mapping, limits }: SycleSettings): ReadSource {
  return async function* ({ appointmentsFrom, appointmentsTo, purchasesFrom }, { signal }) {
    const { timesAre, patients, appointments, products, purchases } = mapping;
    const db = await openDatabase(address, { ...limits, isUtc: timesAre === "utc" });
    const pages = (query: Query) => readPages(db, query, limits.pageRows);
    const stop = () => void db.close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const hasBought = hasBoughtClause(db, mapping);
      yield* batches("patient", pages({ ...patients, computed: { hasBought } }), (row) => mapPatient(row, timesAre));
      const visits = { ...appointments, within: spanOf("startsAt", appointmentsFrom, appointmentsTo, timesAre) };
      yield* batches("appointment", pages(visits), (row) => mapAppointment(row, timesAre));
      if (products) yield* batches("product", pages(products), mapProduct);
      const bought = { ...purchases, within: spanOf("purchasedAt", purchasesFrom, undefined, timesAre) };
      yield* batches("purchase", pages(bought), (row) => mapPurchase(row, timesAre, purchases));
    } finally {
      signal.removeEventListener("abort", stop);
      await db.close();
    }
  };
}

type Span = { field: string; from?: string; before?: string };
type Query = {
  table: string;
  id: string;
  columns: Record<string, string | undefined>;
  computed?: Record<string, (id: string, bound: (value: unknown) => string) => string>;
  within?: Span;
};

async function* batches(
  entity: Batch["entity"],
  pages: AsyncIterable<Row[]>,
  map: (row: Row) => object,
): AsyncGenerator<Batch> {
  for await (const rows of pages) yield { entity, rows: rows.map(map) };
}

/** Pages of `rows` each, in the order of the key; what is appended behind a page is never skipped or read twice. */
async function* readPages(db: SycleDatabase, query: Query, rows: number): AsyncGenerator<Row[]> {
  let after: unknown;
  for (;;) {
    const { statement, values } = pageStatement(db, query, after, rows);
    const page = await db.query(statement, values);
    if (page.length > 0) yield page;
    if (page.length < rows) return;
    after = page.at(-1)?.sourceId;
  }
}

function pageStatement(
  db: SycleDatabase,
  { table, id, columns, computed, within }: Query,
  after: unknown,
  rows: number,
) {
  const values: unknown[] = [];
  const bound = (value: unknown) => db.placeholder(values.push(value));
  const column = (name: string) => `t.${db.quote(name)}`;
  const selected = [
    `${column(id)} AS ${db.quote("sourceId")}`,
    ...Object.entries(columns).flatMap(([field, name]) => (name ? [`${column(name)} AS ${db.quote(field)}`] : [])),
    ...Object.entries(computed ?? {}).map(([field, clause]) => `${clause(column(id), bound)} AS ${db.quote(field)}`),
  ];
  const spanned = within && columns[within.field];
  const conditions = [
    ...(after === undefined ? [] : [`${column(id)} > ${bound(after)}`]),
    ...(spanned && within.from ? [`${column(spanned)} >= ${bound(within.from)}`] : []),
    ...(spanned && within.before ? [`${column(spanned)} < ${bound(within.before)}`] : []),
  ];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  const from = `${db.quote(table)} AS t${where} ORDER BY ${column(id)} LIMIT ${rows}`;
  return { statement: `SELECT ${selected.join(", ")} FROM ${from}`, values };
}

/** Has this row's person a purchase that was not voided? */
function hasBoughtClause(db: SycleDatabase, { purchases }: SycleMapping): NonNullable<Query["computed"]>[string] {
  const { table, columns, statuses } = purchases;
  const column = (name: string) => `p.${db.quote(name)}`;
  const voided = Object.keys(statuses).filter((word) => statuses[word] === "void");
  return (id, bound) => {
    const words = voided.map((word) => bound(word)).join(", ");
    const isLive = words ? ` AND LOWER(${column(columns.status)}) NOT IN (${words})` : "";
    return `EXISTS (SELECT 1 FROM ${db.quote(table)} AS p WHERE ${column(columns.patientSourceId)} = ${id}${isLive})`;
  };
}

/** Local days as bounds. Times in UTC are read a day further on both sides: the office's day is not UTC's. */
function spanOf(field: string, from: string | undefined, to: string | undefined, timesAre: "local" | "utc"): Span {
  const shifted = (on: string, days: number) => Temporal.PlainDate.from(on).add({ days }).toString();
  const more = timesAre === "utc" ? 1 : 0;
  return { field, ...(from && { from: shifted(from, -more) }), ...(to && { before: shifted(to, 1 + more) }) };
}
