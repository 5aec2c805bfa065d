import { hostname } from "node:os";
import type { Lease } from "../edge/contract/jobs.ts";
import { runCassify } from "./cassify/run-cassify.ts";
import type { ValidateAddresses } from "./cassify/validate-over-http.ts";
import type { OpenReceiver } from "./deliver/receiver.ts";
import { runDeliver } from "./deliver/run-deliver.ts";
import type { RunReport } from "./finish-run.ts";
import { runImport } from "./imports/run-import.ts";
import type { Sources } from "./imports/source.ts";
import { type RunDeps, runScrape } from "./run-scrape.ts";

/** What a container can do: read an EHR, import from sources, have addresses validated, bring files; one of them or all. */
export type WorkDeps = Omit<RunDeps, "withEhr"> & {
  withEhr?: RunDeps["withEhr"];
  sources: Sources;
  validate?: ValidateAddresses;
  deliver?: OpenReceiver;
};

export type Taken = RunReport | { status: "none_due" | "held_elsewhere" };

const EXIT: Record<Taken["status"], number> = { succeeded: 0, none_due: 0, held_elsewhere: 0, partly: 2, failed: 1 };

/** What the process says about it: 0 for all done or nothing to do, 2 for some days failed, 1 for all. */
export function exitCode({ status }: Taken): number {
  return EXIT[status];
}

const WORKER = `${hostname().slice(0, 60)}-${process.pid}`;

/** Leases one job of a kind that this container is set up for, and does it. */
export async function takeJob(deps: WorkDeps): Promise<Taken & { jobId?: string }> {
  const { withEhr, sources, validate, deliver } = deps;
  const readable = Object.keys(sources);
  const kinds = [
    ...(withEhr ? ["scrape"] : []),
    ...(readable.length > 0 ? ["import"] : []),
    ...(validate ? ["cassify"] : []),
    ...(deliver ? ["deliver"] : []),
  ];
  const { lease, reason } = await deps.edge.lease(kinds, WORKER, readable);
  if (!lease) return { status: reason ?? "none_due" };
  const report = await work(lease, deps);
  return { ...report, jobId: lease.jobId };
}

function work(lease: Lease, { withEhr, sources, validate, deliver, ...rest }: WorkDeps): Promise<RunReport> {
  if (withEhr && lease.kind === "scrape") return runScrape(lease, { ...rest, withEhr });
  if (validate && lease.kind === "cassify") return runCassify(lease, { ...rest, validate });
  if (deliver && lease.kind === "deliver") return runDeliver(lease, { ...rest, deliver });
  return runImport(lease, { ...rest, sources });
}

/**
 * Asks for these days and does jobs, older ones first, until that one is done; or does what is due now. If nothing is, it
 * asks for the usual days, or, where there is no EHR to read, for an import of each source.
 */
export async function scrapeOnce(deps: WorkDeps, days?: string[]): Promise<Taken> {
  const wanted = days ? await deps.edge.createJob(days) : undefined;
  const first = await takeJob(deps);
  if (!wanted) return first.status === "none_due" ? askAndTake(deps) : first;
  let taken = first;
  while (taken.jobId !== undefined && taken.jobId !== wanted.jobId) taken = await takeJob(deps);
  return taken;
}

async function askAndTake(deps: WorkDeps): Promise<Taken> {
  if (deps.withEhr) {
    await deps.edge.createJob();
    return takeJob(deps);
  }
  const all: Taken[] = [];
  for (const source of Object.keys(deps.sources)) {
    await deps.edge.createImport(source);
    all.push(await takeJob(deps));
  }
  const [first = { status: "none_due" as const }, ...others] = all;
  if (others.length === 0) return first;
  return { status: togetherOf(all), counts: {} };
}

/** Of several jobs: all done, none, or some, as of the days of one. */
function togetherOf(all: Taken[]): RunReport["status"] {
  const failed = all.filter((taken) => exitCode(taken) !== 0).length;
  return failed === 0 ? "succeeded" : failed < all.length ? "partly" : "failed";
}
