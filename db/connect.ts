import type { Client } from "@libsql/client/web";
import { LibSQLDatabase } from "drizzle-orm/libsql/driver-core";
import { LibSQLSession } from "drizzle-orm/libsql/session";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import { type Database, runAll, runOne, type Statement, StatementRefused, StoreUnavailable } from "./pipeline.ts";
import { failLine, inLine, LineStuck } from "./write-line.ts";

export type Db = LibSQLDatabase;

/** Where databases live. `url` with `{database}` in it is a template (Turso); without it, one sqld with namespaces. */
export type StoreSettings = {
  url: string;
  authToken?: string | undefined;
  deadlineMs: number;
  /** For a database that is asked seldom: connections that it kept would be missed elsewhere. */
  keepsNone?: boolean;
};

/** A client of one database. Every call ends within `deadlineMs`. Opens nothing until the first query. */
export function connect(settings: StoreSettings, name: string): Db {
  const byTemplate = settings.url.includes("{database}");
  const headers = {
    "content-type": "application/json",
    ...(settings.authToken && { authorization: `Bearer ${settings.authToken}` }),
    ...(!byTemplate && { "x-namespace-bin": btoa(name).replaceAll("=", "") }),
  };
  const url = httpUrl(settings.url.replace("{database}", name));
  const { deadlineMs, keepsNone = false } = settings;
  return drizzle(clientOf({ url, headers, deadlineMs, name, keepsNone }));
}

/** drizzle's own function of this name brings libSQL's client into the Worker, websockets and all. */
function drizzle(client: Client): Db {
  const dialect = new SQLiteAsyncDialect();
  return new LibSQLDatabase("async", dialect, new LibSQLSession(client, dialect, undefined, {}, undefined), undefined);
}

/** A query that is built once for each client, and then only filled in: building one costs more than asking it. */
export function builtOnce<Query extends object>(build: (db: Db) => Query): (db: Db) => Query {
  const built = new WeakMap<Db, Query>();
  return (db) => {
    const query = built.get(db) ?? build(db);
    built.set(db, query);
    return query;
  };
}

/** Without a slash at its end; Turso gives its addresses as `libsql://…`, which means https. */
function httpUrl(url: string): string {
  return url.replace(/^libsql:/, "https:").replace(/\/$/, "");
}

const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 100;

/** A full or failing disk: sqld still answers, and still reads, but takes no write. */
const DISK_FAILS = /^SQLITE_(FULL|IOERR|CANTOPEN)/;

/** What drizzle uses of libSQL's client: these two, and nothing else of it, because no code of ours asks for more. */
function clientOf(database: Database): Client {
  const client: Record<"execute" | "batch", unknown> = {
    execute: (statement: Statement) => inTurn(database, [statement], () => runOne(database, statement)),
    batch: (statements: Statement[]) => inTurn(database, statements, () => runAll(database, statements)),
  };
  return client as Client;
}

/** Reads go at once. Writes wait in line, and a store that does not answer one fails all that wait behind it. */
async function inTurn<Result>(
  { url, name, deadlineMs }: Database,
  statements: Statement[],
  ask: () => Promise<Result>,
): Promise<Result> {
  if (statements.every(isRead)) return patiently(ask, deadlineMs);
  const line = `${url} ${name}`;
  try {
    return await inLine(line, deadlineMs, () => patiently(ask, deadlineMs));
  } catch (error) {
    if (error instanceof LineStuck) throw new StoreUnavailable(error);
    if (isStoreUnavailable(error)) failLine(line);
    throw error;
  }
}

/**
 * sqld refuses a few of the writes that meet another (seen: 1 to 7 in 160 with four writers), having done nothing of
 * them: they are asked again, after a random pause, for as long as the deadline allows. A store that cannot write is
 * as good as one that does not answer.
 */
async function patiently<Result>(ask: () => Promise<Result>, deadlineMs: number): Promise<Result> {
  const until = Date.now() + deadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StatementRefused)) throw error;
      if (DISK_FAILS.test(error.code)) throw new StoreUnavailable(error);
      if (error.code !== "SQLITE_BUSY") throw error;
      if (Date.now() + pauseMs > until) throw new StoreUnavailable(error);
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
    }
  }
}

/** Whether the statement only reads: such ones never wait for a writer. */
function isRead({ sql }: Statement): boolean {
  return /^\s*select\b/i.test(sql);
}

/** Whether the error, or anything it was caused by, is the store not answering. */
export function isStoreUnavailable(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof StoreUnavailable) return true;
  }
  return false;
}
