/**
 * libSQL's HTTP protocol (Hrana 2, `docs/HTTP_V2_SPEC.md` of tursodatabase/libsql), spoken here because its own client
 * opens and closes a stream for each call and has no way to keep one. A stream is a connection, and a new one reads the
 * whole schema: a point read by @libsql/client 0.18 costs sqld 1.4 ms and takes twice as long, on a kept stream 0.4 ms.
 * The client would also add 19 kB (gzip) to a bundle that may have 500, and has no deadline of its own. Should it learn
 * to keep streams, this file and `streams.ts` can go: drizzle already asks for no more than the client's two functions.
 */
import { giveStream, takeStream } from "./streams.ts";

/** One database of a store: its address, what chooses it there, how long a call may take, whether streams are kept. */
export type Database = {
  url: string;
  headers: Record<string, string>;
  deadlineMs: number;
  name: string;
  keepsNone: boolean;
};

export type Statement = { sql: string; args: readonly unknown[] };

/** What a statement gave. A row has its cells by number and, enumerable, by name. */
export type Outcome = { rows: object[]; rowsAffected: number };

/** The store did not answer in time, or not at all. Callers answer 503 and say when to come back. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super("the store did not answer", { cause });
    this.name = "StoreUnavailable";
  }
}

/** The store answered and refused; a batch it has undone. `code` is as SQLite names it, such as SQLITE_BUSY. */
export class StatementRefused extends Error {
  readonly code: string;

  constructor({ message, code }: Refusal) {
    super(message);
    this.name = "StatementRefused";
    this.code = code ?? "UNKNOWN";
  }
}

type Refusal = { message: string; code?: string | null };
type Cell = { type: string; value?: string | number };
type Result = { cols: { name: string | null }[]; rows: Cell[][]; affected_row_count: number };
type BatchResult = { step_results: (Result | null)[]; step_errors: (Refusal | null)[] };
type Accepted<Given> = { type: "ok"; response: { result: Given } };
type Answer<Given> = {
  baton: string | null;
  base_url: string | null;
  results: [Accepted<Given> | { type: "error"; error: Refusal }];
};

/** Runs one statement, in one round trip. Throws StoreUnavailable within the deadline, or StatementRefused. */
export async function runOne(database: Database, statement: Statement): Promise<Outcome> {
  return decode(await ask<Result>(database, { type: "execute", stmt: encode(statement) }));
}

/** Runs all of the statements or none, in one round trip. Throws as `runOne` does. */
export async function runAll(database: Database, statements: readonly Statement[]): Promise<Outcome[]> {
  const stmts = [{ sql: "BEGIN" }, ...statements.map(encode), { sql: "COMMIT" }];
  const steps = stmts.map((stmt, at) => (at === 0 ? { stmt } : { stmt, condition: { type: "ok", step: at - 1 } }));
  const undo = { stmt: { sql: "ROLLBACK" }, condition: { type: "not", cond: { type: "ok", step: stmts.length - 1 } } };
  const { step_results } = await ask<BatchResult>(database, { type: "batch", batch: { steps: [...steps, undo] } });
  return step_results.slice(1, -2).map((result) => {
    if (!result) throw new StatementRefused({ message: "a statement of the batch was left out" });
    return decode(result);
  });
}

/** One request of the protocol, on a kept stream if there is one. */
async function ask<Given extends Result | BatchResult>(database: Database, request: object): Promise<Given> {
  const { url, name, deadlineMs, keepsNone } = database;
  const signal = AbortSignal.timeout(deadlineMs);
  const taken = keepsNone ? null : takeStream(`${url} ${name}`, deadlineMs);
  const requests = taken ? [request] : [request, { type: "close" }];
  let answer = await post(database, { baton: taken?.baton ?? null, requests }, signal);
  // The server no longer knows the stream, so it has done nothing: it was restarted, or closed what stood idle.
  if (taken?.baton && answer.status === 400) answer = await post(database, { baton: null, requests }, signal);
  if (answer.status !== 200) throw answeredWith(answer.status);
  const { baton, base_url, results } = JSON.parse(answer.text) as Answer<Given>;
  const refusal = refusalIn(results[0]);
  // After a refusal a transaction might still be open on it; one with a base URL lives on another server.
  if (taken) giveStream(taken.stream, refusal || base_url ? null : baton);
  if (refusal) throw new StatementRefused(refusal);
  return (results[0] as Accepted<Given>).response.result;
}

async function post(
  { url, headers }: Database,
  body: object,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(`${url}/v2/pipeline`, { method: "POST", headers, body: JSON.stringify(body), signal });
    // Read here, so that the deadline covers the body too.
    return { status: answer.status, text: await answer.text() };
  } catch (cause) {
    throw new StoreUnavailable(cause);
  }
}

/** Out of connections (429) or broken (5xx): as good as no answer. Anything else is a mistake of ours. */
function answeredWith(status: number): Error {
  const refused = new StatementRefused({ message: `the store answered ${status}` });
  return status === 429 || status >= 500 ? new StoreUnavailable(refused) : refused;
}

function refusalIn(answer: Answer<Result | BatchResult>["results"][0]): Refusal | null {
  if (answer.type === "error") return answer.error;
  const { result } = answer.response;
  return "step_errors" in result ? (result.step_errors.find((error) => error !== null) ?? null) : null;
}

function encode({ sql, args }: Statement) {
  return { sql, args: args.map(encodeCell), want_rows: true };
}

/** Numbers go as floats, as libSQL's own client sends them; SQLite makes integers of them where the column says so. */
function encodeCell(value: unknown): Cell {
  if (value === null) return { type: "null" };
  if (typeof value === "string") return { type: "text", value };
  if (typeof value === "number" && Number.isFinite(value)) return { type: "float", value };
  if (typeof value === "boolean") return { type: "integer", value: value ? "1" : "0" };
  throw new TypeError(`no column takes this: ${typeof value}`);
}

function decode({ cols, rows, affected_row_count }: Result): Outcome {
  // Past the last number a cell would be missing, and nobody would know.
  if (cols.length > MOST_COLUMNS) throw new RangeError(`a statement gives ${cols.length} columns`);
  // What is called `1` or `length` can only be read by its place.
  const names = cols.map(({ name }) => (name === null || Object.hasOwn(rowAsList, name) ? null : name));
  return { rows: rows.map((cells) => rowOf(names, cells.map(decodeCell))), rowsAffected: affected_row_count };
}

const CELLS = Symbol("cells");
/** A join of every table that a message speaks of has about 120. */
const MOST_COLUMNS = 300;

/** drizzle reads rows as lists, and as objects whose own keys are the columns: so the numbers are inherited. */
const rowAsList = Object.create(Object.prototype, {
  length: { get: cellsOf((cells) => cells.length) },
  ...Object.fromEntries(Array.from({ length: MOST_COLUMNS }, (_, at) => [at, { get: cellsOf((cells) => cells[at]) }])),
});

function cellsOf(read: (cells: unknown[]) => unknown) {
  return function readCells(this: { [CELLS]: unknown[] }) {
    return read(this[CELLS]);
  };
}

function rowOf(names: (string | null)[], cells: unknown[]): object {
  const row = Object.create(rowAsList);
  row[CELLS] = cells;
  for (const [at, name] of names.entries()) if (name !== null) row[name] = cells[at];
  return row;
}

function decodeCell({ type, value }: Cell): string | number | null {
  if (type === "null") return null;
  if (type !== "integer") return value ?? null;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError("an integer of the store does not fit into a number");
  return number;
}
