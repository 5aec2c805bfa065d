import { createServer, type Server } from "node:http";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, isStoreUnavailable } from "../db/connect.ts";
import { type Sqld, startSqld } from "./sandbox/sqld.ts";

type Pipeline = { baton: string | null; requests: { type: string; batch?: { steps: object[] } }[] };
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
const asked: Pipeline[] = [];
beforeAll(async () => {
  sqld = await startSqld();
  await Promise.all(["tenant", "other"].map((name) => sqld.createNamespace(name)));
  busy = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    asked.push(JSON.parse(body.toString()));
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

function behindBusy(deadlineMs: number, database = "tenant") {
  const address = busy.address();
  const port = typeof address === "object" ? address?.port : 0;
  return connect({ url: `http://127.0.0.1:${port}`, deadlineMs }, database);
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

test("a kept connection is used again, by its own database only", async () => {
  const [one, other] = [behindBusy(4_000), behindBusy(4_000, "other")];
  await Promise.all([one, other].map((db) => db.run(sql`CREATE TABLE here (name TEXT)`)));
  await one.run(sql`INSERT INTO here VALUES ('tenant')`);
  await other.run(sql`INSERT INTO here VALUES ('other')`);
  asked.length = 0;
  for (const [db, name] of [
    [one, "tenant"],
    [other, "other"],
    [one, "tenant"],
    [other, "other"],
  ] as const) {
    expect(await db.all(sql`SELECT name FROM here`)).toEqual([{ name }]);
  }
  expect(asked.map(({ baton }) => baton)).not.toContain(null);
  expect(new Set(asked.map(({ baton }) => baton)).size).toBe(4);
});

test("a connection that the store has forgotten costs nothing but a second asking: writes are done, and done once", async () => {
  const db = behindBusy(8_000);
  await db.run(sql`CREATE TABLE after_restart (id INTEGER PRIMARY KEY)`);
  await sqld.kill();
  await sqld.restart();
  asked.length = 0;
  await db.batch([
    db.run(sql`INSERT INTO after_restart DEFAULT VALUES`),
    db.run(sql`INSERT INTO after_restart DEFAULT VALUES`),
  ]);
  expect(asked.map(({ baton }) => baton === null)).toEqual([false, true]);
  expect(await db.all(sql`SELECT id FROM after_restart`)).toHaveLength(2);
});

test("a batch that fails is undone, and its connection never used again", async () => {
  const db = behindBusy(4_000);
  await db.run(sql`CREATE TABLE undone (id INTEGER PRIMARY KEY)`);
  asked.length = 0;
  const insert = () => db.run(sql`INSERT INTO undone VALUES (1)`);
  await expect(db.batch([insert(), insert()])).rejects.toThrow();
  expect(await db.all(sql`SELECT id FROM undone`)).toEqual([]);
  expect(asked[0]?.baton).toBeTruthy();
  expect(asked[1]?.baton).toBeNull();
});

test("more calls at once than connections may be kept: the others close theirs, and all are answered", async () => {
  const db = behindBusy(8_000, "other");
  asked.length = 0;
  const answers = await Promise.all(Array.from({ length: 200 }, () => db.all(sql`SELECT 1 AS one`)));
  expect(answers).toEqual(answers.map(() => [{ one: 1 }]));
  const opened = asked.filter(({ baton }) => baton === null);
  const closed = opened.filter(({ requests }) => requests.at(-1)?.type === "close");
  expect(closed.length).toBeGreaterThan(0);
  expect(opened.length - closed.length).toBeLessThanOrEqual(16);
});

test("a row of many columns is read whole; one with more than can be told is an error, not a shorter row", async () => {
  const db = connect({ url: sqld.url, deadlineMs: 5_000 }, "tenant");
  const ask = (columns: number) => {
    const numbers = Array.from({ length: columns }, (_, at) => sql`${at}`);
    return db.values(sql`SELECT ${sql.join(numbers, sql`, `)}`);
  };
  const [row] = await ask(250);
  expect(Array.prototype.slice.call(row)).toHaveLength(250);
  expect((row as unknown[])[249]).toBe(249);
  await expect(ask(301)).rejects.toThrow();
});
