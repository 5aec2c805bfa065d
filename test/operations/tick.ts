import { type Clinic, type Desk, eventually } from "../harness.ts";

export type Line = Record<string, unknown> & { event: string };

/** The Worker's log lines about one clinic. */
export function linesOf(desk: Desk, { slug }: Clinic): Line[] {
  const own = desk.edge.logs.filter((line) => line.startsWith("{") && line.includes(`"${slug}"`));
  return own.map((line) => JSON.parse(line) as Line);
}

/** Strikes the clock for the clinic and waits for the end of the tick. */
export async function tick(desk: Desk, clinic: Clinic): Promise<void> {
  const ended = () =>
    linesOf(desk, clinic).filter((line) => line.procedure_id === "tick" && line.duration_ms !== undefined).length;
  const before = ended();
  await desk.strike(clinic);
  await eventually(async () => ended() > before);
}
