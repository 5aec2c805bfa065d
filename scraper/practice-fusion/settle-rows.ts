import { ScrapeFailure } from "../failures.ts";
import { type Desk, lookInside } from "./desk.ts";
import type { Sight, TableSight } from "./sight.ts";

/** Since when (on `performance`'s clock) a table has been seen with the same text. */
export type Steady = { fingerprint: number; since: number };

export type Settling = {
  table: "main" | "print";
  /** The day that the header must name; undefined when any will do. */
  day?: string;
  /** A mark of `desk.watch` from before the action that loads the rows. */
  mark: number;
  /** The fingerprint from before that action. */
  before?: number;
  limitMs: number;
  /** Further demands on the table. */
  accept?: (table: TableSight) => boolean;
  /** What an earlier look saw, if the time since then is to count. */
  steady?: Steady;
};

/**
 * Waits until a table shows what it will go on showing: right day in the header, nothing loading, and the same in two
 * looks `stableMs` apart. Rows that are still those from before the action are likely late, not equal: they need
 * `unchangedMs`, and no refused request. Fails with `rows_unsettled`, or `layout_changed` if there never was a table.
 */
export async function settleRows(desk: Desk, settling: Settling): Promise<Sight> {
  return (await watchRows(desk, settling, desk.settings.limits.stableMs)).sight;
}

/**
 * Waits only until rows other than those from before the action are seen twice, for what may be done while they settle:
 * `settleRows` with the `steady` from here then counts the time between. Without such rows it waits as `settleRows` does.
 */
export async function sightRows(desk: Desk, settling: Settling): Promise<{ sight: Sight; steady: Steady }> {
  return watchRows(desk, settling, 0);
}

async function watchRows(desk: Desk, settling: Settling, newMs: number): Promise<{ sight: Sight; steady: Steady }> {
  const { stableMs, unchangedMs } = desk.settings.limits;
  let { steady } = settling;
  let wasThere = false;
  const probe = async () => {
    const sight = await lookInside(desk);
    wasThere ||= sight[settling.table] !== null;
    const { pending, refused } = desk.watch.since(settling.mark);
    const table = pending === 0 && !sight.isBusy ? eligible(sight, settling) : null;
    if (!table || table.fingerprint !== steady?.fingerprint) {
      steady = table ? { fingerprint: table.fingerprint, since: performance.now() } : undefined;
      return undefined;
    }
    const isUnchanged = table.fingerprint === settling.before;
    if (isUnchanged && refused > 0) return undefined;
    const isNew = settling.before !== undefined && table.rows > 0;
    const neededMs = isUnchanged ? unchangedMs : isNew ? newMs : stableMs;
    return performance.now() - steady.since >= neededMs ? { sight, steady } : undefined;
  };
  try {
    return await desk.steps.until(probe, { limitMs: settling.limitMs, otherwise: "rows_unsettled" });
  } catch (error) {
    if (wasThere || !(error instanceof ScrapeFailure) || error.code !== "rows_unsettled") throw error;
    throw new ScrapeFailure("layout_changed", `no ${settling.table} table`);
  }
}

function eligible(sight: Sight, { table, day, accept }: Settling): TableSight | null {
  const found = sight[table];
  const shownOn = table === "main" ? sight.shownOn : sight.printOn;
  if (!found || (day !== undefined && shownOn !== day)) return null;
  return !accept || accept(found) ? found : null;
}
