import { execFile } from "node:child_process";
import type { Desk } from "../harness.ts";

/** The operator's command line as a process of its own, with `--json`. */
export function operate(desk: Desk, ...args: string[]): Promise<{ exit: number; document: unknown; err: string }> {
  const env = {
    PATH: process.env.PATH,
    EDGE_URL: desk.edge.url,
    OPERATOR_SECRET: desk.edge.settings.OPERATOR_SECRET,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ["scraper/hearback.ts", ...args, "--json"], { env }, (error, out, err) => {
      const exit = typeof error?.code === "number" ? error.code : 0;
      resolve({ exit, document: out ? JSON.parse(out) : null, err });
    });
  });
}
