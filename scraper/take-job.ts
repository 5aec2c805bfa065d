import { hostname } from "node:os";
import type { RunReport } from "./finish-run.ts";
import { runImport } from "./imports/run-import.ts";
import type { Sources } from "./imports/source.ts";
import { type RunDeps, runScrape } from "./run-scrape.ts";

/** What a container can do: read an EHR, import from sources, or both. */
export type WorkDeps = Omit<RunDeps, "withEhr"> & { withEhr?: RunDeps["withEhr"]; sources: Sources };

export type Taken = RunReport | { status: "none_due" | "held_elsewhere" };

const EXIT: Record<Taken["status"], number> = { succeeded: 0, none_due: 0, held_elsewhere: 0, partly: 2, failed: 1 };

/** What the process says about it: 0 for all done or nothing to do, 2 for some days failed, 1 for all. */
export function exitCode({ status }: Taken): number {
  return EXIT[status];
}

const WORKER = `${hostname().slice(0, 60)}-${process.pid}`;

/** Leases one job of a kind that this container is set up for, and does it. */
export async function takeJob(deps: WorkDeps): Promise<Taken & { jobId?: string }> {
  const { withEhr, sources, ...rest } = deps;
  const readable = Object.keys(sources);
  const kinds = [...(withEhr ? ["scrape"] : []), ...(readable.length > 0 ? ["import"] : [])];
  const { lease, reason } = await deps.edge.lease(kinds, WORKER, readable);
  if (!lease) return { status: reason ?? "none_due" };
  const isScrape = withEhr && lease.kind === "scrape";
  const report = await (isScrape ? runScrape(lease, { ...rest, withEhr }) : runImport(lease, { ...rest, sources }));
  return { ...report, jobId: lease.jobId };
}

/**
 * Asks for these days and does jobs, older ones first, until that one is done; or does what is due now, asking for the
 * usual days if nothing is.
 */
export async function scrapeOnce(deps: WorkDeps, days?: string[]): Promise<Taken> {
  const wanted = days ? await deps.edge.createJob(days) : undefined;
  const first = await takeJob(deps);
  if (!wanted) return first.status === "none_due" && deps.withEhr ? askAndTake(deps) : first;
  let taken = first;
  while (taken.jobId !== undefined && taken.jobId !== wanted.jobId) taken = await takeJob(deps);
  return taken;
}

async function askAndTake(deps: WorkDeps): Promise<Taken> {
  await deps.edge.createJob();
  return takeJob(deps);
}
