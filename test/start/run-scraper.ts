import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../scraper/index.ts", import.meta.url));

/** Runs the container's program once, as the container would; resolves with its exit code. Lines go to `onLine`. */
export async function runScraper(env: Record<string, string>, onLine: (line: string) => void): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  createInterface({ input: child.stdout }).on("line", onLine);
  createInterface({ input: child.stderr }).on("line", onLine);
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}
