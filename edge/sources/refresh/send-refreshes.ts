import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { jobs, runs } from "../../../db/schema/operations.ts";
import { raiseRunFailed } from "../../alarms.ts";
import { type Context, stamp } from "../../context.ts";
import { ImportArguments, type Lease } from "../../contract/jobs.ts";
import type { RefreshRequest } from "../../contract/refresh.ts";
import { errorFields } from "../../log.ts";
import { leaseJob } from "../lease-job.ts";
import { type Queues, refreshOf } from "./queues.ts";

/** Who holds the job while the program at the clinic's side works on it. */
export const QUEUE_WORKER = "queue";
const ANSWER_WITHIN_SECONDS = 15 * 60;
/** After the first, and after the second attempt that nobody answered; the third was the last. */
const RETRY_AFTER_MS = [2 * 60_000, 10 * 60_000];
/** A queue that did not take the message is tried again by one of the next minutes, as the same attempt. */
const RESEND_AFTER_MS = 60_000;

/**
 * Hands this tenant's waiting import over to the clinic's side, and gives up on those that were not answered within 15
 * minutes. The job is the request: its id is the key, its lease the deadline, and since one import of a tenant is
 * leased at a time, one request is open. Nobody waits: the answer is taken by `takeReplies`.
 */
export async function sendRefreshes(ctx: Context): Promise<{ sent: number; timedOut: number }> {
  const refresh = refreshOf(ctx);
  if (!refresh) return { sent: 0, timedOut: 0 };
  const timedOut = await giveUp(ctx);
  const wanted = { kinds: ["import"], sources: [refresh.source], worker: QUEUE_WORKER };
  const { lease } = await leaseJob(ctx, wanted, ANSWER_WITHIN_SECONDS);
  if (!lease) return { sent: 0, timedOut };
  const sent = await send(ctx, refresh, lease);
  return { sent: sent ? 1 : 0, timedOut };
}

type Sending = { queues: Queues; database: string; credentialRef: string };

async function send(
  ctx: Context,
  { queues, database, credentialRef }: Sending,
  { jobId, attempt, arguments: wanted }: Lease & { attempt: number },
): Promise<boolean> {
  const now = ctx.now();
  const { timeZone, appointmentsFrom, appointmentsTo, purchasesFrom } = ImportArguments.parse(wanted);
  const request: RefreshRequest = {
    v: 2,
    nn: ctx.tenant.slug,
    db: database,
    ky: jobId,
    attempt,
    credential_ref: credentialRef,
    reply_to: queues.repliesUrl,
    time_zone: timeZone,
    ...(appointmentsFrom && { appointments_from: appointmentsFrom }),
    ...(appointmentsTo && { appointments_to: appointmentsTo }),
    ...(purchasesFrom && { purchases_from: purchasesFrom }),
    sent_at: new Date(now).toISOString(),
    deadline_at: new Date(now + ANSWER_WITHIN_SECONDS * 1000).toISOString(),
  };
  try {
    await queues.request(JSON.stringify(request), { group: ctx.tenant.slug, once: `${jobId}:${attempt}` });
    return true;
  } catch (error) {
    ctx.log.error("refresh not sent", errorFields(error));
    // The same attempt again: if the queue did take it, its deduplication makes the two one.
    await ctx.db.run(sql`UPDATE ${jobs} SET status = 'waiting', attempts = attempts - 1, lease_until = NULL,
      run_after_at = ${now + RESEND_AFTER_MS} WHERE id = ${jobId} AND status = 'leased' AND attempts = ${attempt}`);
    return false;
  }
}

type Overdue = { id: string; runId: string; attempts: number; leaseUntil: number };

async function giveUp(ctx: Context): Promise<number> {
  const overdue = await ctx.db.all<Overdue>(sql`SELECT id, run_id AS runId, attempts, lease_until AS leaseUntil
    FROM ${jobs} WHERE kind = 'import' AND status IN ('waiting', 'leased') AND status = 'leased' AND lease_owner = ${QUEUE_WORKER} AND lease_until <= ${ctx.now()}`);
  for (const { id, runId, attempts, leaseUntil } of overdue) {
    const retryAfter = RETRY_AFTER_MS[attempts - 1];
    const next =
      retryAfter === undefined
        ? sql`status = 'failed', finished_at = ${ctx.now()}`
        : sql`status = 'waiting', run_after_at = ${leaseUntil + retryAfter}`;
    await ctx.db.batch([
      ctx.db.run(sql`UPDATE ${jobs} SET ${next}, error_code = 'timed_out', lease_until = NULL
        WHERE id = ${id} AND status = 'leased' AND attempts = ${attempts}`),
      ctx.db.run(
        auditIfChanged(stamp(ctx), { action: "refresh.timed_out", entityId: id, details: { attempt: attempts } }),
      ),
      ctx.db.run(raiseRunFailed(ctx, id, { code: "timed_out" })),
      ctx.db.run(sql`UPDATE ${runs} SET status = 'failed', error = 'timed_out', finished_at = ${ctx.now()}
        WHERE id = ${runId} AND status = 'started'`),
    ]);
  }
  return overdue.length;
}

/** When a request will have waited too long, or is to be sent again (epoch ms). */
export async function nextRefreshAt(ctx: Context): Promise<number> {
  if (!refreshOf(ctx)) return Number.MAX_SAFE_INTEGER;
  const [row] = await ctx.db.all<{ at: number | null }>(sql`SELECT min(CASE status WHEN 'leased' THEN lease_until
    ELSE run_after_at END) AS at FROM ${jobs} WHERE kind = 'import' AND status IN ('waiting', 'leased')`);
  return row?.at ?? Number.MAX_SAFE_INTEGER;
}
