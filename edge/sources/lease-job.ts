import { sql } from "drizzle-orm";
import type * as z from "zod";
import { auditIfChanged } from "../../db/audit.ts";
import { inList } from "../../db/bulk.ts";
import { uuidv7 } from "../../db/ids.ts";
import { jobs, runs } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import type { Lease, LeaseRequest } from "../contract/jobs.ts";
import { randomToken } from "../crypto.ts";
import { HearbackError } from "../errors.ts";

/** Longer than the slowest step between two heartbeats; short enough that a dead worker's job is soon free. */
const LEASE_SECONDS = 120;
/** The database's own clock, so that a worker or isolate with a wrong one cannot steal a lease. */
const STORE_NOW = sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** As the index of open jobs says it, so that SQLite takes that one rather than read all jobs there ever were. */
const IS_LEASED = sql`status IN ('waiting', 'leased') AND status = 'leased'`;

/**
 * How often a job is begun. One that ends its worker every time, say by a page that takes all its memory, must not sign in
 * to the EHR every two minutes for ever, nor keep the jobs behind it waiting: `giveUpLost` ends it.
 */
export const MOST_ATTEMPTS = 5;

type Leased = { id: string; run_id: string; kind: string; arguments: string; attempts: number };

/**
 * Leases the oldest job of these kinds, unless one of the same kind is held by another worker: two readings of the
 * same EHR at once would log each other out. One guarded statement decides, so two callers cannot both win. A job
 * whose worker died is done anew under a run of its own: the page has moved on, and the dead run's chunks bind nobody.
 */
export async function leaseJob(
  ctx: Context,
  { kinds, worker, sources }: z.infer<typeof LeaseRequest>,
  leaseSeconds = LEASE_SECONDS,
): Promise<{ lease: (Lease & { attempt: number }) | null; reason?: "none_due" | "held_elsewhere" }> {
  const leaseToken = randomToken(24);
  const until = sql`${STORE_NOW} + ${leaseSeconds * 1000}`;
  const isReadable = sources
    ? sql`(open.kind <> 'import' OR open.arguments ->> '$.source' ${inList(sources)})`
    : sql`true`;
  const [leased, , , held] = await ctx.db.batch([
    ctx.db.all<Leased>(sql`UPDATE ${jobs} SET status = 'leased', lease_token = ${leaseToken}, lease_owner = ${worker},
        lease_until = ${until}, attempts = attempts + 1,
        run_id = CASE WHEN attempts = 0 THEN run_id ELSE ${uuidv7(ctx.now())} END
      WHERE id = (SELECT id FROM ${jobs} AS open WHERE open.kind ${inList(kinds)}
          AND open.status IN ('waiting', 'leased') AND open.run_after_at <= ${ctx.now()} AND ${isReadable}
          AND open.attempts < ${MOST_ATTEMPTS}
          AND NOT EXISTS (SELECT 1 FROM ${jobs} AS busy WHERE busy.kind = open.kind AND busy.status IN ('waiting', 'leased')
            AND busy.status = 'leased' AND busy.lease_until > ${STORE_NOW})
        ORDER BY open.run_after_at LIMIT 1)
      RETURNING id, run_id, kind, arguments, attempts`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), {
        action: "job.leased",
        entityId: sql`(SELECT id FROM ${jobs} WHERE ${IS_LEASED} AND lease_token = ${leaseToken})`,
        details: { worker },
      }),
    ),
    ctx.db.run(sql`INSERT INTO ${runs} (id, procedure_id, schedule_id, status, arguments, due_at, started_at)
      SELECT run_id, kind, schedule_id, 'started', arguments, run_after_at, ${ctx.now()} FROM ${jobs}
        WHERE ${IS_LEASED} AND lease_token = ${leaseToken}
      ON CONFLICT (id) DO UPDATE SET status = 'started', finished_at = NULL`),
    ctx.db.all<{ id: string }>(sql`SELECT id FROM ${jobs} WHERE kind ${inList(kinds)} AND ${IS_LEASED}
      AND lease_until > ${STORE_NOW} LIMIT 1`),
    ctx.db.run(sql`UPDATE ${runs} SET status = 'failed', error = 'lease_lost', finished_at = ${ctx.now()}
      WHERE status = 'started' AND procedure_id ${inList(kinds)}
        AND id NOT IN (SELECT run_id FROM ${jobs} WHERE ${IS_LEASED})`),
  ]);
  const job = leased[0];
  if (!job) return { lease: null, reason: held.length > 0 ? "held_elsewhere" : "none_due" };
  return { lease: asLease(job, leaseToken, leaseSeconds) };
}

function asLease(job: Leased, leaseToken: string, leaseSeconds: number): Lease & { attempt: number } {
  return {
    jobId: job.id,
    runId: job.run_id,
    kind: job.kind,
    arguments: JSON.parse(job.arguments),
    leaseToken,
    leaseSeconds,
    attempt: job.attempts,
  };
}

/** Starts the lease's time anew. Throws CONFLICT when the lease is not, or no longer, the caller's. */
export async function heartbeat(ctx: Context, jobId: string, leaseToken: string): Promise<void> {
  const { rowsAffected } = await ctx.db.run(sql`UPDATE ${jobs} SET lease_until = ${STORE_NOW} + ${LEASE_SECONDS * 1000}
    WHERE id = ${jobId} AND status = 'leased' AND lease_token = ${leaseToken} AND lease_until > ${STORE_NOW}`);
  if (rowsAffected === 0) throw new HearbackError("CONFLICT", "This lease has run out or is another worker's.");
}
