import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { Miniflare } from "miniflare";
import { type BuiltWorker, builtWorker } from "./built-worker.ts";
import { freePort } from "./free-port.ts";

/** Settings of the Worker, as `edge/env.ts` knows them. */
export type EdgeSettings = Record<string, string>;

export type Edge = {
  url: string;
  settings: EdgeSettings;
  /** The one clock strikes, as Cloudflare would make it. */
  cron(): Promise<void>;
  /** What the Worker wrote to its log, as lines. */
  logs: string[];
  miniflare: Miniflare;
  close(): Promise<void>;
};

export type EdgeOptions = {
  /** Where Durable Objects keep their data; without it, in a place of their own that goes with the Worker. */
  folder?: string;
  port?: number;
  quiet?: boolean;
  /** Another bundle than the product's own. */
  script?: string;
  /** The Worker's clock is off by so much. */
  clockOffMs?: number;
  /** For so long the queue gathers wake-ups into one batch; without it as wrangler.toml says. */
  batchSeconds?: number;
  /** A queue that takes messages and loses them all. */
  losesMessages?: boolean;
  /** The most that JavaScript may hold, in MB: past it workerd dies, as Cloudflare ends what holds more than 128. */
  heapMB?: number;
};

function consumersOf({ queueConsumers }: BuiltWorker["workerOptions"], batchSeconds: number | undefined) {
  const waits = batchSeconds === undefined ? {} : { maxBatchTimeout: batchSeconds };
  return Object.fromEntries(Object.entries(queueConsumers).map(([name, own]) => [name, { ...own, ...waits }]));
}

/** Goes before the bundle: nothing in the product knows that the time is wrong. */
function clockShift(offMs: number): string {
  if (offMs === 0) return "";
  return `{ const Real = Date; globalThis.Date = class extends Real {
    constructor(...parts) { if (parts.length > 0) super(...parts); else super(Real.now() + ${offMs}); }
    static now() { return Real.now() + ${offMs}; }
  }; }\n`;
}

/** Random secrets for one sandbox: nothing here has a default, so nothing can be left at one. */
export function sandboxSecrets(): EdgeSettings {
  const key = () => randomBytes(32).toString("base64");
  return {
    KEY_ENCRYPTION_KEYS: `k1:${key()}`,
    LINK_KEYS: `l1:${key()}`,
    OPERATOR_SECRET: `whsec_${key()}`,
    TWILIO_ACCOUNT_SID: `AC${randomBytes(16).toString("hex")}`,
    TWILIO_AUTH_TOKEN: randomBytes(16).toString("hex"),
    TWILIO_MESSAGING_SERVICE_SID: `MG${randomBytes(16).toString("hex")}`,
    OIDC_ISSUER: "http://127.0.0.1:9",
    OIDC_CLIENT_ID: "hearback",
    OIDC_CLIENT_SECRET: key(),
    METRICS_TOKEN: key(),
    TEXT_ALLOW_LIST: "everyone",
  };
}

/** Starts the real Worker in workerd, with the bindings of wrangler.toml, on a port of its own. */
export async function startEdge(settings: EdgeSettings, options: EdgeOptions = {}): Promise<Edge> {
  if (options.port !== undefined) return startAt(options.port, settings, options);
  for (let tries = 1; ; tries += 1) {
    try {
      return await startAt(await freePort(), settings, options);
    } catch (error) {
      // Somebody else took the port since: another one.
      if (tries === 5 || (error as { code?: string }).code !== "ERR_ADDRESS_IN_USE") throw error;
    }
  }
}

async function startAt(port: number, settings: EdgeSettings, options: EdgeOptions): Promise<Edge> {
  const url = `http://localhost:${port}`;
  const logs: string[] = [];
  const keep = (stream: NodeJS.ReadableStream) =>
    createInterface(stream).on("line", (line) => {
      if (line) logs.push(line);
      if (!options.quiet) process.stderr.write(`${line}\n`);
    });
  const all = { PUBLIC_URL: url, ...settings };
  const { script, workerOptions } = await builtWorker();
  if (options.heapMB) process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-heap-size=${options.heapMB}`;
  const miniflare = new Miniflare({
    ...workerOptions,
    name: "hearback",
    // Named as a module, it is not searched for what it imports: that would take as long as all the rest.
    modules: [
      { type: "ESModule", path: "edge.js", contents: clockShift(options.clockOffMs ?? 0) + (options.script ?? script) },
    ],
    queueConsumers: options.losesMessages ? {} : consumersOf(workerOptions, options.batchSeconds),
    bindings: all,
    ...(options.folder && { durableObjectsPersist: options.folder }),
    host: "127.0.0.1",
    port,
    handleRuntimeStdio: (stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
      keep(stdout);
      keep(stderr);
    },
  } as ConstructorParameters<typeof Miniflare>[0]);
  try {
    await miniflare.ready;
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw error;
  } finally {
    delete process.env.MINIFLARE_WORKERD_V8_FLAGS;
  }
  return {
    url,
    settings: all,
    logs,
    miniflare,
    cron: async () => {
      const worker = await miniflare.getWorker();
      await worker.scheduled({ cron: "* * * * *" });
    },
    close: () => miniflare.dispose(),
  };
}
