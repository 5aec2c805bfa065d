import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { freePort } from "../sandbox/free-port.ts";
import { namespaceHeaders, type Sqld } from "../sandbox/sqld.ts";

export type PlainWorker = { url: string; close(): Promise<void> };

/**
 * The ceiling that a route of ours is held against: a bare Hono Worker in its own workerd, with the same client on the
 * same store, doing one statement and nothing else. `route` is the statement's handler as source text, with `db` at hand.
 */
export async function startPlainWorker(sqld: Sqld, route: string): Promise<PlainWorker> {
  const database = "plain";
  await sqld.createNamespace(database);
  const port = await freePort();
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createClient } from "@libsql/client/web";
        import { Hono } from "hono";
        const headers = ${JSON.stringify(namespaceHeaders(database))};
        const withNamespace = (request) => {
          const named = new Request(request);
          for (const [name, value] of Object.entries(headers)) named.headers.set(name, value);
          return fetch(named);
        };
        const app = new Hono();
        const connect = () => createClient({ url: ${JSON.stringify(sqld.url)}, fetch: withNamespace });
        ${route}
        export default app;`,
      resolveDir: import.meta.dirname,
      loader: "js",
    },
    bundle: true,
    format: "esm",
    write: false,
    conditions: ["workerd", "worker", "browser"],
  });
  const miniflare = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? "",
    compatibilityDate: "2026-07-30",
    compatibilityFlags: ["nodejs_compat"],
    host: "127.0.0.1",
    port,
  });
  await miniflare.ready;
  return { url: `http://127.0.0.1:${port}`, close: () => miniflare.dispose() };
}

/** Does `work` for each item over this many lines at once. */
export async function inLines<Item>(
  lines: number,
  items: Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const line = async () => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: lines }, line));
}

/** A request whose answer must have this status, read to its end. */
export async function expectStatus(status: number, request: Promise<Response>): Promise<void> {
  const answer = await request;
  await answer.arrayBuffer();
  if (answer.status !== status) throw new Error(`${answer.url} answered ${answer.status}`);
}
