import type { Clinic, Desk } from "../harness.ts";

export type Line = Record<string, unknown> & { event: string };

/** The Worker's log lines about one clinic. */
export function linesOf(desk: Desk, { slug }: Clinic): Line[] {
  const own = desk.edge.logs.filter((line) => line.startsWith("{") && line.includes(`"${slug}"`));
  return own.map((line) => JSON.parse(line) as Line);
}
