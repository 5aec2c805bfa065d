import { parseArgs } from "node:util";
import { Temporal } from "temporal-polyfill";
import { LocalDay } from "../edge/contract/appointments.ts";
import { UsageError } from "./verb.ts";

export type ScrapeOptions = {
  help: boolean;
  dryRun: boolean;
  loop: boolean;
  /** Answer requests from the queue, at a clinic's side. */
  requests: boolean;
  /** Clinic-local days, oldest first; undefined leaves the choice to the tenant's settings. */
  days?: string[];
};

export const SCRAPE_HELP = `npm run -s scrape -- [options]

Reads the schedule of the EHR, or what a clinic's own system has, and hands it to the edge. Without options: does the
reading or import that is due, or else reads today and the days before it that the tenant's settings say; where there
is no EHR, it imports from each source that is set up.

  --date YYYY-MM-DD       read this day
  --from, --to YYYY-MM-DD read these days, both included (a backfill)
  --dry-run               with --date or --from: read and count, hand nothing over
  --requests              at a clinic's side: read the databases that the queue of requests asks for, reply, and end
                          when it is empty
  --loop                  stay, and do each reading when it is due; ends on SIGTERM
  --help                  show this

Exit 0: every day or request was read, or another worker is at it. 2: some days failed. 1: all did, or nothing could be done.
Settings come from the environment: see scraper/settings.ts.`;

/** The most days of one backfill, as the edge takes them. */
const MOST_DAYS = 400;

/** Reads the command line. Throws a `UsageError` that says what is wrong with it. */
export function readOptions(args: string[]): ScrapeOptions {
  const values = readValues(args);
  const days = daysOf(values);
  const options = { help: values.help, dryRun: values["dry-run"], loop: values.loop, requests: values.requests };
  if (options.dryRun && !days) throw new UsageError("--dry-run wants --date, or --from and --to");
  if (options.loop && days) throw new UsageError("--loop does what is due; it takes no days");
  if (options.requests && (days || options.dryRun))
    throw new UsageError("--requests does what it is asked; it takes no days");
  return { ...options, ...(days && { days }) };
}

function readValues(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        date: { type: "string" },
        from: { type: "string" },
        to: { type: "string" },
        "dry-run": { type: "boolean", default: false },
        loop: { type: "boolean", default: false },
        requests: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The days that `--date`, or `--from` and `--to`, name; undefined for none of them. Throws a `UsageError`. */
export function daysOf({ date, from, to }: { date?: string; from?: string; to?: string }): string[] | undefined {
  if (date !== undefined && (from ?? to) !== undefined) throw new UsageError("--date or --from and --to, not both");
  if ((from === undefined) !== (to === undefined)) throw new UsageError("--from and --to go together");
  const [first, last] = [date ?? from, date ?? to];
  if (first === undefined || last === undefined) return undefined;
  for (const day of [first, last]) if (!LocalDay.safeParse(day).success) throw new UsageError(`${day} is not a day`);
  const start = Temporal.PlainDate.from(first);
  const count = start.until(last).days + 1;
  if (count < 1) throw new UsageError("--from is after --to");
  if (count > MOST_DAYS) throw new UsageError(`at most ${MOST_DAYS} days at once`);
  return Array.from({ length: count }, (_, index) => start.add({ days: index }).toString());
}
