import { createClient } from "@libsql/client/web";
import { afterAll, beforeAll, expect, test } from "vitest";
import { namespaceHeaders, type Sqld, startSqld } from "./sqld.ts";

let sqld: Sqld;
beforeAll(async () => {
  sqld = await startSqld();
});
afterAll(() => sqld.close());

function database(name: string, deadlineMs = 5_000) {
  const inNamespace = (request: Request) => {
    for (const [header, value] of Object.entries(namespaceHeaders(name))) request.headers.set(header, value);
    return fetch(request, { signal: AbortSignal.timeout(deadlineMs) });
  };
  return createClient({ url: sqld.url, fetch: inNamespace });
}

test("each namespace is a database of its own, whatever the length of its name", async () => {
  for (const name of ["bcb", "mhc1", "ssm-2"]) {
    await sqld.createNamespace(name);
    await sqld.createNamespace(name);
    await database(name).batch(
      ["CREATE TABLE t (name TEXT)", { sql: "INSERT INTO t VALUES (?)", args: [name] }],
      "write",
    );
  }
  const { rows } = await database("mhc1").execute("SELECT name FROM t");
  expect(rows.map((row) => row.name)).toEqual(["mhc1"]);
  await expect(database("unknown").execute("SELECT 1")).rejects.toThrow();
});

test("a namespace syncs every commit to disk", async () => {
  await sqld.createNamespace("durable");
  const config = await fetch(`${sqld.adminUrl}/v1/namespaces/durable/config`);
  expect(await config.json()).toMatchObject({ durability_mode: "strong" });
});

test("acknowledged rows outlive a kill, and the same URL works after the restart", async () => {
  await sqld.createNamespace("killed");
  await database("killed").batch(["CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (7)"], "write");
  await sqld.kill();
  await expect(database("killed").execute("SELECT n FROM t")).rejects.toThrow();
  await sqld.restart();
  const { rows } = await database("killed").execute("SELECT n FROM t");
  expect(rows[0]?.n).toBe(7);
});

test("a paused server answers nothing until it is resumed", async () => {
  await sqld.createNamespace("paused");
  sqld.pause();
  await expect(database("paused", 300).execute("SELECT 1 AS n")).rejects.toThrow();
  sqld.resume();
  const { rows } = await database("paused").execute("SELECT 1 AS n");
  expect(rows[0]?.n).toBe(1);
});
