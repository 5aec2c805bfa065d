import * as z from "zod";
import { type AddressRow, MAX_ADDRESS_ROWS, StandardisedRow } from "../../edge/contract/addresses.ts";
import type { Lease } from "../../edge/contract/jobs.ts";
import type { EdgeClient } from "../edge-client.ts";
import { codeOf, type RunReport } from "../finish-run.ts";
import { ImportFailure } from "../imports/failure.ts";
import { errorFields } from "../procedure.ts";
import { type LeasedDeps, runLeased } from "../run-leased.ts";
import type { ValidateAddresses } from "./validate-over-http.ts";

export type CassifyDeps = LeasedDeps & { validate: ValidateAddresses };

/** A service takes half an hour for a large file at most; bringing its answers home takes some minutes more. */
const RUN_MS = 60 * 60_000;

/**
 * Does one leased validation: fetches the addresses that were not validated yet, takes them to the service as one file
 * that holds nothing of who lives there, and brings the answers back by their keys. Throws nothing but a bug.
 */
export function runCassify(lease: Lease, deps: CassifyDeps): Promise<RunReport> {
  return runLeased(lease, deps, {
    id: "cassify",
    asks: z.unknown(),
    about: () => ({}),
    runMs: RUN_MS,
    work: (_, own) => validateAll(lease, { ...deps, ...own }),
  });
}

async function validateAll(
  lease: Lease,
  { edge, validate, log, signal }: CassifyDeps & { signal: AbortSignal },
): Promise<RunReport> {
  const counts = { rows: 0, answered: 0, applied: 0, unmatched: 0, rejected: 0 };
  try {
    const asked = await readFile(edge, lease);
    counts.rows = asked.length;
    if (asked.length === 0) return { status: "succeeded", counts };
    const answered = readLines(await validate(linesOf(asked), signal));
    counts.answered = answered.length;
    for (let at = 0; at < answered.length; at += MAX_ADDRESS_ROWS) {
      signal.throwIfAborted();
      const reply = await edge.pushStandardised(lease, answered.slice(at, at + MAX_ADDRESS_ROWS));
      for (const [name, more] of Object.entries(reply)) counts[name as keyof typeof reply] += more;
    }
    return { status: "succeeded", counts };
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    log.error("validation broke off", errorFields(cause));
    return { status: "failed", counts, error: { code: codeOf(cause) } };
  }
}

async function readFile(edge: EdgeClient, lease: Lease): Promise<AddressRow[]> {
  const rows: AddressRow[] = [];
  let after: string | undefined;
  do {
    const page = await edge.addressPage(lease, after);
    rows.push(...page.rows);
    after = page.next;
  } while (after);
  return rows;
}

function linesOf(rows: AddressRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/** A line that is no answer makes the whole file suspect. Throws `answer_broken`. */
function readLines(file: string): StandardisedRow[] {
  try {
    return file
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => StandardisedRow.parse(JSON.parse(line)));
  } catch {
    throw new ImportFailure("answer_broken");
  }
}
