import { sql } from "drizzle-orm";
import { auditEvents, auditIfChanged } from "../../../db/audit.ts";
import { imports } from "../../../db/schema/imports.ts";
import { jobs, runs, schedules } from "../../../db/schema/operations.ts";
import { raiseRunFailed } from "../../alarms.ts";
import { type Context, stamp } from "../../context.ts";
import type { RefreshReply } from "../../contract/refresh.ts";
import { wake } from "../../wake.ts";
import { CLOCKS_APART_MS } from "../imports/scope.ts";
import { QUEUE_WORKER } from "./send-refreshes.ts";

/**
 * What a reply came to. `settled`: the request is answered. `repeated`: it was already, by this attempt. `superseded`:
 * another attempt, or a newer reading, came first. `unknown_key`: no request of this clinic has that key. `expired`:
 * it was given up.
 */
export type Answered = "settled" | "repeated" | "superseded" | "unknown_key" | "expired";

type Request = { status: string; attempts: number; errorCode: string | null; source: string };

/** Settles the request that the reply names, if it still is open. The rows came as an import and are none of its business. */
export async function answerRefresh(ctx: Context, reply: RefreshReply): Promise<Answered> {
  const [request] = await ctx.db.all<Request>(sql`SELECT status, attempts, error_code AS errorCode,
    arguments ->> '$.source' AS source FROM ${jobs}
    WHERE id = ${reply.ky} AND kind = 'import' AND lease_owner = ${QUEUE_WORKER} AND attempts >= ${reply.attempt}`);
  if (!request) return "unknown_key";
  const { attempts, status } = request;
  const isOpen = status === "leased" || status === "waiting";
  if (!isOpen && request.errorCode === "timed_out") return "expired";
  if (!isOpen && attempts === reply.attempt) return "repeated";
  const isLate =
    attempts !== reply.attempt && (reply.status === "failed" || (await isOlder(ctx, request.source, reply)));
  if (!isOpen || isLate) {
    const details = { attempt: reply.attempt, latest: attempts };
    await ctx.db.run(auditEvents(stamp(ctx), [{ action: "refresh.superseded", entityId: reply.ky, details }]));
    return "superseded";
  }
  return settle(ctx, reply, attempts);
}

/** Has a reading newer than this reply's been applied? */
async function isOlder(ctx: Context, source: string, { snapshot_at }: RefreshReply): Promise<boolean> {
  if (!snapshot_at) return true;
  const readAt = Date.parse(snapshot_at);
  const [newer] = await ctx.db.all(sql`SELECT 1 FROM ${imports} WHERE source = ${source} AND status = 'applied'
    AND snapshot_at > ${readAt} AND started_at > ${readAt - CLOCKS_APART_MS} LIMIT 1`);
  return newer !== undefined;
}

async function settle(ctx: Context, reply: RefreshReply, attempts: number): Promise<Answered> {
  const now = ctx.now();
  const isDone = reply.status === "done";
  const status = isDone ? "succeeded" : "failed";
  const code = isDone ? null : (reply.error ?? "failed");
  const counts = JSON.stringify(reply.counts ?? {});
  const [{ rowsAffected }] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${jobs} SET status = ${status}, counts = ${counts}, error_code = ${code}, finished_at = ${now},
      lease_until = NULL WHERE id = ${reply.ky} AND status IN ('leased', 'waiting') AND attempts = ${attempts}`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: `job.${status}`, entityId: reply.ky, details: { code, ...reply.counts } }),
    ),
    ctx.db.run(raiseRunFailed(ctx, reply.ky, { code })),
    ctx.db.run(sql`UPDATE ${runs} SET status = ${status}, counts = ${counts}, error = ${code}, finished_at = ${now}
      WHERE id = (SELECT run_id FROM ${jobs} WHERE id = ${reply.ky} AND status = ${status} AND finished_at = ${now})`),
    // What waited for it need not wait for the next look.
    ctx.db.run(
      sql`UPDATE ${schedules} SET next_run_at = ${now} WHERE waiting_slot_at IS NOT NULL AND next_run_at > ${now}`,
    ),
  ]);
  if (rowsAffected === 0) return "repeated";
  await wake(ctx);
  return "settled";
}
