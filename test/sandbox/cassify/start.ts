import { createHash } from "node:crypto";
import { Hono } from "hono";
import { type NodeEnv, serveApp } from "../serve.ts";
import { cassifyPage } from "./page.ts";

export type AddressLine = { row_key: string; addr1: string; [column: string]: unknown };

export type Cassify = {
  url: string;
  key: string;
  /** The files as they came, newest last. */
  files: readonly string[];
  /** What goes wrong from now on; `null` ends it. */
  fail(how: "digest" | "line" | "down" | null): void;
  close(): Promise<void>;
};

/** What the service knows of an address; the fields that it answers. */
export type Lookup = (line: AddressLine, index: number) => object;

/** Starts a stand-in for a certified address service: JSON lines in and out, with digests. `lookUp` is its list of addresses. */
export async function startCassify(lookUp: Lookup): Promise<Cassify> {
  const key = crypto.randomUUID();
  const files: string[] = [];
  let failing: Parameters<Cassify["fail"]>[0] = null;
  const app = new Hono<NodeEnv>().post("/", async (c) => {
    if (c.req.header("authorization") !== `Bearer ${key}`) return c.body(null, 401);
    const file = await c.req.text();
    if (c.req.header("content-digest") !== `sha-256=:${digestOf(file)}:`) return c.body(null, 400);
    files.push(file);
    if (failing === "down") return c.body(null, 503);
    const lines = file
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as AddressLine);
    const answers = lines.map((line, index) => JSON.stringify({ row_key: line.row_key, ...lookUp(line, index) }));
    if (failing === "line") answers.push("<html>");
    const body = answers.join("\n");
    const digest = digestOf(failing === "digest" ? `${body} ` : body);
    return c.body(body, 200, { "content-type": "application/x-ndjson", "content-digest": `sha-256=:${digest}:` });
  });
  app.get("/", (c) => c.html(cassifyPage(files.at(-1))));
  const served = await serveApp(app);
  return {
    url: served.url,
    key,
    files,
    fail: (how) => {
      failing = how;
    },
    close: served.close,
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
