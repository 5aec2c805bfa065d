import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { isStoreUnavailable } from "../../../db/connect.ts";
import { schedules } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";
import { errorFields } from "../../log.ts";
import type { Counts } from "../../procedure.ts";
import type { RetentionKind } from "../../retention-settings.ts";
import { purgeMessages } from "./purge-messages.ts";
import { purgePeople } from "./purge-people.ts";
import { purgeRecords } from "./purge-records.ts";
import { purgeVisits } from "./purge-visits.ts";

/** One kind of row that is past its time. */
export type PurgeStep = {
  kind: RetentionKind;
  /** As what its rows are counted on the page of runs. */
  counts: string;
  /**
   * One batch's worth: some hundred rows from before `before` (epoch ms), the oldest first; null when there are none.
   * Whatever breaks off, the next batch takes up, in this night or another.
   */
  batch: (ctx: Context, before: number) => PurgeBatch | Promise<PurgeBatch | null>;
};

/** `purges` takes the rows that are counted; what hangs on them goes before, what is left without them after. */
export type PurgeBatch = { first?: SQL[]; purges: SQL; last?: SQL[] };

const DAY_MS = 86_400_000;
/** Messages wait behind this in the clinic's turn of the clock. */
const WORK_FOR_MS = 20_000;
const GO_ON_AFTER_MS = 60_000;

const STEPS: PurgeStep[] = [...purgeMessages, ...purgeVisits, purgePeople, ...purgeRecords];

/**
 * Purges what each kind's setting no longer keeps, in small batches over a stretch of an index, for some seconds; when
 * more is left the schedule goes on in a minute. Safe to break off and to repeat. Each kind that lost something has one
 * event in the audit, in the batch of its first loss, which names the instant before which all was purged.
 */
export async function purge(ctx: Context): Promise<Counts> {
  const until = ctx.now() + WORK_FOR_MS;
  const counts: Counts = {};
  const said = new Set<RetentionKind>();
  let isMore = false;
  for (const step of STEPS) {
    try {
      isMore = !(await purgeStep(ctx, step, until, counts, said)) || isMore;
    } catch (error) {
      if (isStoreUnavailable(error)) throw error;
      // One kind that cannot be purged keeps no other from it.
      ctx.log.error("not purged", { kind: step.kind, rows: step.counts, ...errorFields(error) });
      counts.failed = (counts.failed ?? 0) + 1;
    }
  }
  if (isMore) await goOn(ctx);
  return counts;
}

/** False when time ran out before all was purged. */
async function purgeStep(
  ctx: Context,
  step: PurgeStep,
  until: number,
  counts: Counts,
  said: Set<RetentionKind>,
): Promise<boolean> {
  const before = purgedBefore(ctx, step.kind);
  while (ctx.now() < until) {
    const batch = await step.batch(ctx, before);
    if (!batch) return true;
    const { first = [], purges, last = [] } = batch;
    const details = { before: new Date(before).toISOString() };
    const event = auditIfChanged(stamp(ctx), { action: "retention.purged", entityId: step.kind, details });
    const statements = [...first, purges, ...(said.has(step.kind) ? [] : [event]), ...last];
    const [head, ...tail] = statements.map((statement) => ctx.db.run(statement));
    const results = head ? await ctx.db.batch([head, ...tail]) : [];
    const purged = results[first.length]?.rowsAffected ?? 0;
    if (purged === 0) return true;
    said.add(step.kind);
    counts[step.counts] = (counts[step.counts] ?? 0) + purged;
  }
  return false;
}

/** The instant (epoch ms) before which records of the kind are past their time. */
export function purgedBefore(ctx: Context, kind: RetentionKind): number {
  return ctx.now() - ctx.tenant.settings.retention[kind] * DAY_MS;
}

async function goOn(ctx: Context): Promise<void> {
  await ctx.db.run(sql`UPDATE ${schedules} SET next_run_at = min(next_run_at, ${ctx.now() + GO_ON_AFTER_MS})
    WHERE kind = 'retention' AND is_active = 1`);
}

/** The local day, near enough: what is purged is years old, and a day is no promise. */
export function dayOf(before: number): string {
  return new Date(before).toISOString().slice(0, 10);
}
