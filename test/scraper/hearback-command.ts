import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Desk } from "../harness.ts";

const PROGRAM = fileURLToPath(new URL("../../scraper/hearback.ts", import.meta.url));

/** Runs one verb of the operator's command line with no settings but these, away from any `.env`. */
export function hearback(
  args: string[],
  env: Record<string, string>,
): Promise<{ exit: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, ...args],
      { cwd: tmpdir(), env: { PATH: process.env.PATH, ...env } },
      (error, out, err) => resolve({ exit: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

/** What the operator's verbs need to reach this desk. */
export function operatorOf(desk: Desk): Record<string, string> {
  return { EDGE_URL: desk.edge.url, OPERATOR_SECRET: desk.edge.settings.OPERATOR_SECRET ?? "" };
}
