import { once } from "node:events";
import type { Server } from "node:http";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";

export type Served = { url: string; close(): Promise<void> };

/** What a stand-in's routes get from Node: the raw request and answer, to misbehave below HTTP. */
export type NodeEnv = { Bindings: HttpBindings };

/**
 * Serves a stand-in on a free port of the loop-back interface (or `port`); `close` also cuts open connections,
 * so a route that hangs on purpose never holds a test.
 */
export async function serveApp(app: Hono<NodeEnv>, options: { port?: number } = {}): Promise<Served> {
  // Leaving the globals alone matters: libSQL's client hands its own Request objects to the global fetch.
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the stand-in has no TCP port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
