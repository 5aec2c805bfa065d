import type * as z from "zod";
import type { Lease } from "../edge/contract/jobs.ts";
import type { EdgeClient } from "./edge-client.ts";
import { finishRun, type RunReport } from "./finish-run.ts";
import { keepLease } from "./keep-lease.ts";
import type { Log, LogFields } from "./log.ts";
import { runProcedure } from "./procedure.ts";

export type LeasedDeps = { edge: EdgeClient; log: Log; signal?: AbortSignal };

/** What one kind of job is: its arguments as they come, what of them the log says, how long it may take, and its work. */
export type LeasedJob<Asked> = {
  id: string;
  asks: z.ZodType<Asked>;
  about(asked: Asked): LogFields;
  /** Without it the work ends itself. */
  runMs?: number;
  work(asked: Asked, deps: { log: Log; signal: AbortSignal }): Promise<RunReport>;
};

/**
 * Does one leased job, says to the edge that it lives for as long as that takes, and tells how it ended. The work's
 * signal ends it when the lease is lost, the program is to end, or its time is over. Arguments that this version does not
 * understand are a failure of the job, not of the program. Throws nothing but a bug; then nobody says any more that the
 * job lives, and another container may have it.
 */
export function runLeased<Asked>(lease: Lease, deps: LeasedDeps, job: LeasedJob<Asked>): Promise<RunReport> {
  const asked = job.asks.safeParse(lease.arguments);
  const about = { ...(asked.success && job.about(asked.data)), job: lease.jobId };
  return runProcedure(deps.log, { id: job.id, runId: lease.runId, arguments: about }, async (log) => {
    const report = asked.success ? await whileKept(lease, { ...deps, log }, job, asked.data) : NOT_UNDERSTOOD;
    await finishRun(deps.edge, lease, report, log);
    return report;
  });
}

const NOT_UNDERSTOOD: RunReport = { status: "failed", counts: {}, error: { code: "arguments_unknown" } };

async function whileKept<Asked>(
  lease: Lease,
  { edge, log, signal }: LeasedDeps,
  { runMs, work }: LeasedJob<Asked>,
  asked: Asked,
): Promise<RunReport> {
  const kept = keepLease(edge, lease);
  const ends = [kept.signal, ...(runMs ? [AbortSignal.timeout(runMs)] : []), ...(signal ? [signal] : [])];
  try {
    return await work(asked, { log, signal: AbortSignal.any(ends) });
  } finally {
    await kept.stop();
  }
}
