import { ImportArguments, type Lease } from "../../edge/contract/jobs.ts";
import type { RunReport } from "../finish-run.ts";
import { type LeasedDeps, runLeased } from "../run-leased.ts";
import { readAndPush } from "./read-and-push.ts";
import type { Sources } from "./source.ts";

export type ImportDeps = LeasedDeps & { sources: Sources; now?: () => number };

/** A reading takes minutes; one that takes this long hangs. */
export const RUN_MS = 45 * 60_000;

/** Does one leased import and tells the edge how it ended. Throws nothing but a bug. */
export function runImport(lease: Lease, deps: ImportDeps): Promise<RunReport> {
  return runLeased(lease, deps, {
    id: "import",
    asks: ImportArguments,
    about: ({ source }) => ({ source }),
    runMs: RUN_MS,
    async work(asked, own) {
      const reading = { runId: lease.runId, asked, startedAt: (deps.now ?? Date.now)(), ...own };
      const { read: _, ...report } = await readAndPush(deps.edge, deps.sources[asked.source], reading);
      return report;
    },
  });
}
