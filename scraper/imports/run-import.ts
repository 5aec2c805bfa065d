import { ImportArguments, type Lease } from "../../edge/contract/jobs.ts";
import type { EdgeClient } from "../edge-client.ts";
import { finishRun, type RunReport } from "../finish-run.ts";
import { keepLease } from "../keep-lease.ts";
import type { Log } from "../log.ts";
import { runProcedure } from "../procedure.ts";
import { readAndPush } from "./read-and-push.ts";
import type { Sources } from "./source.ts";

export type ImportDeps = { edge: EdgeClient; sources: Sources; log: Log; signal?: AbortSignal; now?: () => number };

/** A reading takes minutes; one that takes this long hangs. */
const RUN_MS = 45 * 60_000;

/** Does one leased import and tells the edge how it ended. Throws nothing but a bug. */
export async function runImport(lease: Lease, deps: ImportDeps): Promise<RunReport> {
  const asked = ImportArguments.parse(lease.arguments);
  const procedure = { id: "import", runId: lease.runId, arguments: { source: asked.source, job: lease.jobId } };
  return runProcedure(deps.log, procedure, async (log) => {
    const kept = keepLease(deps.edge, lease);
    const deadline = AbortSignal.timeout(RUN_MS);
    const signal = AbortSignal.any([kept.signal, deadline, ...(deps.signal ? [deps.signal] : [])]);
    const reading = { runId: lease.runId, asked, startedAt: (deps.now ?? Date.now)(), log, signal };
    const { status, counts, error } = await readAndPush(deps.edge, deps.sources[asked.source], reading);
    const report = { status, counts, ...(error && { error }) };
    await kept.stop();
    await finishRun(deps.edge, lease, report, log);
    return report;
  });
}
