import { type Lease, ScrapeArguments } from "../edge/contract/jobs.ts";
import { ScrapeFailure } from "./failures.ts";
import { codeOf, type RunReport } from "./finish-run.ts";
import type { Log } from "./log.ts";
import type { ParsedSchedule } from "./parse-schedule/parse-schedule.ts";
import { errorFields } from "./procedure.ts";
import { byReason, pushDay } from "./push-day.ts";
import { type LeasedDeps, runLeased } from "./run-leased.ts";
import { EdgeFailure } from "./signed-post.ts";

/** An open EHR session: reads one day, or fails with a `ScrapeFailure`. */
export type Ehr = { readDay(day: string): Promise<{ schedule: ParsedSchedule; notes: string[] }> };
export type WithEhr = <Result>(
  options: { providers: string[]; timeZone?: string | undefined; log: Log; signal: AbortSignal; runMs: number },
  work: (ehr: Ehr) => Promise<Result>,
) => Promise<Result>;

export type RunDeps = LeasedDeps & { withEhr: WithEhr };

/** A day takes seconds; this is for days on which everything is slow. */
const MINUTES_PER_DAY = 2;
const LEAST_MINUTES = 15;

/**
 * Does one leased scrape: one EHR session, and each day in turn read, parsed and pushed. A day that fails does not stop
 * the others, unless the reason is one for all of them (credentials, a lost lease, an edge that is gone, the deadline).
 * Tells the edge how it ended; throws nothing but a bug.
 */
export function runScrape(lease: Lease, deps: RunDeps): Promise<RunReport> {
  return runLeased(lease, deps, {
    id: "scrape",
    asks: ScrapeArguments,
    about: ({ source, days }) => ({ source, days }),
    work: (scrape, { log, signal }) => {
      const of = { runId: lease.runId, source: scrape.source };
      const store = (on: string, schedule: ParsedSchedule) => pushDay(deps.edge, { ...of, on }, schedule);
      return readDays(scrape, { withEhr: deps.withEhr, log, signal, store });
    },
  });
}

type DayDeps = {
  withEhr: WithEhr;
  log: Log;
  signal: AbortSignal;
  /** Takes a day's rows to where they belong, and counts what became of them. */
  store(on: string, schedule: ParsedSchedule): Promise<Record<string, number>>;
};
type Tally = { counts: Record<string, number>; failures: string[] };

/** Reads each day in one EHR session and stores it. Never throws: what failed is in the report. */
export async function readDays(
  { days, providers, timeZone }: Pick<ScrapeArguments, "days" | "providers"> & { timeZone?: string },
  deps: DayDeps,
): Promise<RunReport> {
  const tally: Tally = { counts: { days: days.length, days_failed: 0 }, failures: [] };
  const runMs = Math.max(LEAST_MINUTES, days.length * MINUTES_PER_DAY) * 60_000;
  const signal = AbortSignal.any([deps.signal, AbortSignal.timeout(runMs)]);
  const left = [...days];
  try {
    await deps.withEhr({ providers, timeZone, log: deps.log, signal, runMs }, async (ehr) => {
      for (const on of days) {
        await readOneDay(ehr, on, tally, { ...deps, signal });
        left.shift();
      }
    });
  } catch (error) {
    // With no day left all rows are stored, and what failed is only the closing of the session.
    noteFailure(tally, left, signal.aborted ? signal.reason : error, deps.log);
  }
  const { counts, failures } = tally;
  counts.days_failed = failures.length;
  const status = failures.length === 0 ? "succeeded" : failures.length < days.length ? "partly" : "failed";
  return { status, counts, ...(failures[0] !== undefined && { error: { code: failures[0] } }) };
}

async function readOneDay(ehr: Ehr, on: string, tally: Tally, { store, log, signal }: DayDeps): Promise<void> {
  try {
    signal.throwIfAborted();
    const { schedule, notes } = await ehr.readDay(on);
    signal.throwIfAborted();
    const stored = await store(on, schedule);
    const { rows, errors, duplicates, layout } = schedule;
    const counts: Record<string, number> = { rows: rows.length, row_errors: errors.length, duplicates, ...stored };
    for (const [name, count] of Object.entries(counts)) tally.counts[name] = (tally.counts[name] ?? 0) + count;
    log.info("day read", { on, layout, ...counts, errors_by_reason: byReason(errors) });
    for (const note of notes) log.warn(note, { on });
  } catch (error) {
    if (signal.aborted || !endsOnlyTheDay(error)) throw error;
    noteFailure(tally, [on], error, log);
  }
}

function endsOnlyTheDay(error: unknown): boolean {
  if (error instanceof ScrapeFailure) return error.endsOnlyTheDay;
  const isAboutTheKey = error instanceof EdgeFailure && (error.status === 401 || error.status === 403);
  return error instanceof EdgeFailure && error.code === "edge_refused" && !isAboutTheKey;
}

function noteFailure({ failures }: Tally, days: string[], error: unknown, log: Log): void {
  const code = codeOf(error);
  log.error("days failed", { ...errorFields(error), code, days });
  for (const _ of days) failures.push(code);
}
