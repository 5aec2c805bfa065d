import type { Desk } from "../harness.ts";
import { hearback, operatorOf } from "../scraper/hearback-command.ts";

/** The operator's command line as a process of its own, with `--json`. */
export async function operate(
  desk: Desk,
  ...args: string[]
): Promise<{ exit: number; document: unknown; err: string }> {
  const { exit, out, err } = await hearback([...args, "--json"], operatorOf(desk));
  return { exit, document: out ? JSON.parse(out) : null, err };
}
