import { createServer, type Server } from "node:http";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, isStoreUnavailable } from "../db/connect.ts";
import { type Sqld, startSqld } from "./sandbox/sqld.ts";

type Pipeline = { requests: { type: string; batch?: { steps: object[] } }[] };
const ERROR = { message: "SQLite error: database is locked", code: "SQLITE_BUSY" };

/** What sqld 0.24.32 answers, at times, to a write that meets another one. */
function locked({ requests }: Pipeline) {
  const results = requests.map(({ type, batch }) => {
    if (type === "execute") return { type: "error", error: ERROR };
    if (!batch) return { type: "ok", response: { type } };
    const nothing = batch.steps.map(() => null);
    return {
      type: "ok",
      response: { type, result: { step_results: nothing, step_errors: nothing.with(1, ERROR as never) } },
    };
  });
  return { baton: null, base_url: null, results };
}

let sqld: Sqld;
let busy: Server;
let refusals = 0;
beforeAll(async () => {
  sqld = await startSqld();
  await sqld.createNamespace("tenant");
  busy = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    if (refusals-- > 0) return void response.end(JSON.stringify(locked(JSON.parse(body.toString()))));
    const headers = { "x-namespace-bin": String(request.headers["x-namespace-bin"]) };
    const answer = await fetch(`${sqld.url}${request.url}`, { method: "POST", headers, body });
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  busy?.closeAllConnections();
  busy?.close();
  await sqld?.close();
});

function behindBusy(deadlineMs: number) {
  const address = busy.address();
  const port = typeof address === "object" ? address?.port : 0;
  return connect({ url: `http://127.0.0.1:${port}`, deadlineMs }, "tenant");
}

test("a write that finds the database locked by another is done once its turn comes, and done once", async () => {
  const db = behindBusy(4_000);
  await db.run(sql`CREATE TABLE done (id INTEGER PRIMARY KEY)`);
  refusals = 3;
  await db.run(sql`INSERT INTO done DEFAULT VALUES`);
  refusals = 3;
  await db.batch([db.run(sql`INSERT INTO done DEFAULT VALUES`), db.run(sql`INSERT INTO done DEFAULT VALUES`)]);
  expect(await db.all(sql`SELECT id FROM done`)).toHaveLength(3);
});

test("a database that stays locked counts as a store that does not answer, within the deadline", async () => {
  refusals = Number.POSITIVE_INFINITY;
  const began = Date.now();
  const error = await behindBusy(300)
    .run(sql`SELECT 1`)
    .then(
      () => null,
      (reason) => reason,
    );
  refusals = 0;
  expect(isStoreUnavailable(error)).toBe(true);
  expect(Date.now() - began).toBeLessThan(1_500);
});
