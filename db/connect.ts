import { type Client, createClient, LibsqlError } from "@libsql/client/web";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { drizzle } from "drizzle-orm/libsql/web";
import { failLine, inLine, LineStuck } from "./write-line.ts";

export type Db = LibSQLDatabase;

/** Where databases live. `url` with `{database}` in it is a template (Turso); without it, one sqld with namespaces. */
export type StoreSettings = { url: string; authToken?: string | undefined; deadlineMs: number };

/** The store did not answer in time, or not at all. Callers answer 503 and say when to come back. */
class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super("the store did not answer", { cause });
    this.name = "StoreUnavailable";
  }
}

/**
 * A client of one database. Every call ends within `deadlineMs`, because libSQL's own client waits for ever
 * (seen with a frozen sqld). Cheap: opens nothing until the first query, so make one for each request.
 */
export function connect(settings: StoreSettings, database: string): Db {
  const byTemplate = settings.url.includes("{database}");
  const url = settings.url.replace("{database}", database);
  const deadlineFetch = async (request: Request): Promise<Response> => {
    const bounded = new Request(request, { signal: AbortSignal.timeout(settings.deadlineMs) });
    if (!byTemplate) bounded.headers.set("x-namespace-bin", btoa(database).replaceAll("=", ""));
    try {
      const answer = await fetch(bounded);
      // Read the body here, so that the deadline covers it too.
      const body = await answer.arrayBuffer();
      return new Response(body, answer);
    } catch (cause) {
      throw new StoreUnavailable(cause);
    }
  };
  const client = createClient({
    url,
    ...(settings.authToken && { authToken: settings.authToken }),
    fetch: deadlineFetch,
  });
  return drizzle(waitingItsTurn(client, `${url} ${database}`, settings.deadlineMs));
}

const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 100;

/** A full or failing disk: sqld still answers, and still reads, but takes no write. */
const DISK_FAILS = /^SQLITE_(FULL|IOERR|CANTOPEN)/;

/**
 * sqld refuses a few of the writes that meet another (seen: 1 to 7 in 160 with four writers), having done nothing of
 * them: they are asked again, after a random pause, for as long as the deadline allows. A store that cannot write is
 * as good as one that does not answer.
 */
function waitingItsTurn(client: Client, line: string, deadlineMs: number): Client {
  const patiently = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    const until = Date.now() + deadlineMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof LibsqlError)) throw error;
        if (DISK_FAILS.test(error.code)) throw new StoreUnavailable(error);
        if (error.code !== "SQLITE_BUSY") throw error;
        if (Date.now() + pauseMs > until) throw new StoreUnavailable(error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
      }
    }
  };
  const execute = client.execute.bind(client) as (...said: unknown[]) => ReturnType<Client["execute"]>;
  const batch = client.batch.bind(client);
  const turn = async <Result>(statements: unknown[], ask: () => Promise<Result>): Promise<Result> => {
    if (statements.every(isRead)) return patiently(ask);
    try {
      return await inLine(line, deadlineMs, () => patiently(ask));
    } catch (error) {
      if (error instanceof LineStuck) throw new StoreUnavailable(error);
      if (isStoreUnavailable(error)) failLine(line);
      throw error;
    }
  };
  client.execute = (...said: unknown[]) => turn(said.slice(0, 1), () => execute(...said));
  client.batch = (statements, mode) => turn(statements, () => batch(statements, mode));
  return client;
}

/** Whether the statement only reads: such ones never wait for a writer. */
function isRead(statement: unknown): boolean {
  const text = typeof statement === "string" ? statement : (statement as { sql?: string }).sql;
  return /^\s*select\b/i.test(text ?? "");
}

/** Whether the error, or anything it was caused by, is the store not answering. */
export function isStoreUnavailable(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof StoreUnavailable) return true;
  }
  return false;
}
