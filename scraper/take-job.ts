import { hostname } from "node:os";
import { type RunDeps, type RunReport, runScrape } from "./run-scrape.ts";

export type Taken = RunReport | { status: "none_due" | "held_elsewhere" };

const EXIT: Record<Taken["status"], number> = { succeeded: 0, none_due: 0, held_elsewhere: 0, partly: 2, failed: 1 };

/** What the process says about it: 0 for all done or nothing to do, 2 for some days failed, 1 for all. */
export function exitCode({ status }: Taken): number {
  return EXIT[status];
}

const WORKER = `${hostname().slice(0, 60)}-${process.pid}`;

/** Leases one job and does it. */
export async function takeJob(deps: RunDeps): Promise<Taken & { jobId?: string }> {
  const { lease, reason } = await deps.edge.lease(["scrape"], WORKER);
  if (!lease) return { status: reason ?? "none_due" };
  return { ...(await runScrape(lease, deps)), jobId: lease.jobId };
}

/**
 * Asks for these days and does jobs, older ones first, until that one is done; or does what is due now, asking for the
 * usual days if nothing is.
 */
export async function scrapeOnce(deps: RunDeps, days?: string[]): Promise<Taken> {
  const wanted = days ? await deps.edge.createJob(days) : undefined;
  const first = await takeJob(deps);
  if (!wanted) return first.status === "none_due" ? askAndTake(deps) : first;
  let taken = first;
  while (taken.jobId !== undefined && taken.jobId !== wanted.jobId) taken = await takeJob(deps);
  return taken;
}

async function askAndTake(deps: RunDeps): Promise<Taken> {
  await deps.edge.createJob();
  return takeJob(deps);
}
