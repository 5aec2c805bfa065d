import type { RunReport } from "./finish-run.ts";
import type { Log } from "./log.ts";
import { runProcedure } from "./procedure.ts";
import { readDays, type WithEhr } from "./run-scrape.ts";

/** Reads the days and counts what it found. Nothing is handed over, and no edge is needed. */
export function dryRun(days: string[], deps: { withEhr: WithEhr; log: Log; signal: AbortSignal }): Promise<RunReport> {
  const procedure = { id: "scrape", arguments: { days, dry_run: true } };
  return runProcedure(deps.log, procedure, (log) =>
    readDays({ days, providers: [] }, { ...deps, log, store: () => Promise.resolve({}) }),
  );
}
