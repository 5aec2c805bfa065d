import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../scraper/index.ts", import.meta.url));

export type Container = {
  /** Its exit code. */
  ended: Promise<number>;
  /** Tells it to end, as a container host does, and waits until it has. */
  stop(): Promise<void>;
};

/**
 * Starts the container's program, as the container would, in a folder where no `.env` adds to its settings. Lines of its
 * log go to `onLine`.
 */
export function startContainer(
  env: Record<string, string>,
  { args = [], onLine }: { args?: string[]; onLine: (line: string) => void },
): Container {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: tmpdir(),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  createInterface({ input: child.stdout }).on("line", onLine);
  createInterface({ input: child.stderr }).on("line", onLine);
  const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  return {
    ended,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
