import { and, asc, eq, lte, sql } from "drizzle-orm";
import { tenants } from "../db/schema/directory.ts";
import type { Clock } from "./clock.ts";
import { type Context, contextFor } from "./context.ts";
import { recoverLeases } from "./delivery/claim.ts";
import { dispatchAll } from "./delivery/dispatch-all.ts";
import { followArrivals } from "./delivery/media-buys/follow-mailing.ts";
import { watchMailings } from "./delivery/media-buys/watch-mailings.ts";
import { reconcile } from "./delivery/reconcile.ts";
import { settleCosts } from "./delivery/settle-costs.ts";
import { directoryOf, findTenant } from "./directory.ts";
import { nextDueAt } from "./engagement/next-due.ts";
import { planReminders } from "./engagement/plan-reminders.ts";
import { planStandIns } from "./engagement/plan-stand-ins.ts";
import { planVisits } from "./engagement/plan-visits.ts";
import { watchBudgets } from "./engagement/watch-budgets.ts";
import type { Env } from "./env.ts";
import { makeMailingFiles } from "./exports/make-mailing-file.ts";
import { orderDeliveries } from "./exports/order-deliveries.ts";
import { createLog, errorFields } from "./log.ts";
import { chainAudit } from "./operations/chain-audit.ts";
import { giveUpOverdue } from "./operations/give-up-overdue.ts";
import { nextNoticeAt, notifyAlarms } from "./operations/notify-alarms.ts";
import { nextResealAt, reseal } from "./operations/reseal.ts";
import { runSchedules } from "./operations/run-schedules.ts";
import { wakeNudges } from "./operations/schedule-rows.ts";
import { tidy } from "./operations/tidy.ts";
import { watchSchedules } from "./operations/watch-schedules.ts";
import { watchSources } from "./operations/watch-sources.ts";
import { type Counts, newRunId, type Procedure, runProcedure } from "./procedure.ts";
import { SCHEDULE_RUNNERS } from "./schedule-kinds.ts";
import { orderCassify } from "./sources/addresses/order-cassify.ts";
import { standardiseAddresses } from "./sources/addresses/standardise-addresses.ts";
import { giveUpLost } from "./sources/give-up-lost.ts";
import { applyImports } from "./sources/imports/apply-imports.ts";
import { nextRefreshAt, sendRefreshes } from "./sources/refresh/send-refreshes.ts";

/** One invocation hands over for at most this long; what is left is due again at once. */
const SEND_FOR_MS = 4 * 60_000;
const TENANTS_PER_TICK = 500;
/** More than a slow answer of the store can look like. */
const MOST_SKEW_MS = 30_000;
/** What one cron invocation gives to those whose wake-up was lost. */
const SERVE_FOR_MS = 4 * 60_000;

/** All that one tenant's minute holds, in order. */
const STEPS: Procedure[] = [
  { id: "give-up", work: giveUpOverdue },
  { id: "give-up-lost", work: giveUpLost },
  { id: "schedule", work: (ctx) => runSchedules(ctx, SCHEDULE_RUNNERS, "orders") },
  { id: "refresh", work: sendRefreshes },
  { id: "apply-imports", work: applyImports },
  { id: "addresses", work: standardiseAddresses },
  { id: "cassify", work: orderCassify },
  { id: "plan", work: planVisits },
  { id: "slots", work: runSlots },
  { id: "remind", work: planReminders },
  { id: "recover", work: async (ctx) => ({ recovered: await recoverLeases(ctx) }) },
  { id: "reconcile", work: reconcile },
  { id: "stand-in", work: planStandIns },
  { id: "dispatch", work: (ctx) => dispatchAll(ctx, ctx.now() + SEND_FOR_MS) },
  { id: "costs", work: settleCosts },
  { id: "budgets", work: watchBudgets },
  { id: "files", work: makeMailingFiles },
  { id: "deliveries", work: orderDeliveries },
  { id: "mailings", work: followArrivals },
  { id: "watch-mailings", work: watchMailings },
  { id: "watch", work: watchSources },
  { id: "watch-schedules", work: watchSchedules },
  { id: "notify", work: notifyAlarms },
  { id: "tidy", work: tidy },
  { id: "reseal", work: reseal },
  { id: "audit", work: chainAudit },
];

/** A tenant that has been due for longer than this was woken in vain: its message was lost. */
const WOKEN_IN_VAIN_MS = 90_000;

/**
 * The one clock's minute: wakes every tenant that has work due, so that one's slow job never delays another. The
 * queue may lose messages; who was woken in vain is served here and now. Returns how many were due.
 */
export async function tick(env: Env, now: Clock): Promise<number> {
  const due = await directoryOf(env)
    .select({ id: tenants.id, nextDueAt: tenants.nextDueAt })
    .from(tenants)
    .where(and(eq(tenants.status, "active"), lte(tenants.nextDueAt, now())))
    .orderBy(asc(tenants.nextDueAt))
    .limit(TENANTS_PER_TICK);
  const queued = due.map(({ id }) => ({ body: { tenantId: id } }));
  for (let start = 0; start < queued.length; start += 100) {
    await env.WAKE.sendBatch(queued.slice(start, start + 100)).catch((error) => {
      createLog().warn("wake-ups not queued", errorFields(error));
    });
  }
  const missed = due.filter(({ nextDueAt }) => nextDueAt < now() - WOKEN_IN_VAIN_MS);
  await serve(env, missed, now);
  return due.length;
}

/** One after the other, for as long as a turn of the clock may last; who is left is served by the next one. */
async function serve(env: Env, missed: { id: string }[], now: Clock): Promise<void> {
  const until = now() + SERVE_FOR_MS;
  for (const { id } of missed) {
    if (now() >= until) return;
    // One clinic's store that does not answer is no reason to leave the others waiting.
    await runTenant(env, id, now).catch((error) => createLog().error("run failed", errorFields(error)));
  }
}

/**
 * All that one tenant has to do now. Safe to run twice at once: every step claims or guards what it changes. A step
 * that fails does not keep the others from their work.
 */
export async function runTenant(env: Env, tenantId: string, now: Clock): Promise<void> {
  // Fresh: a plan by settings that were just changed would not be made again by the new ones.
  const opened = await findTenant(env, { id: tenantId }, { fresh: true });
  if (!opened) return;
  const own = contextFor(env, opened, { type: "system", job: "tick" }, now);
  const [before] = await readDueAt(own);
  const ctx = byStoreClock(own, before?.storeNow);
  // Zero is "now", said by a push: then there is no time to be late for.
  const dueAt = before?.nextDueAt ? { dueAt: before.nextDueAt } : {};
  const outcome = await runProcedure(ctx, { id: "tick", work: runSteps }, { id: ctx.requestId, ...dueAt });
  // A push meanwhile has set it to "now": then it stays so. After a failure it stays due as well.
  const isWhole = outcome === "idle" || outcome === "succeeded";
  if (isWhole && before)
    await moveDueAt(
      ctx,
      before.nextDueAt,
      Math.min(await nextDueAt(ctx), await nextRefreshAt(ctx), await nextNoticeAt(ctx), await nextResealAt(ctx)),
    );
}

async function runSteps(ctx: Context): Promise<Counts> {
  const counts = { done: 0, failed: 0 };
  for (const step of STEPS) {
    const outcome = await runProcedure(ctx, step, { id: newRunId(ctx), parentRunId: ctx.requestId });
    if (outcome === "failed") counts.failed += 1;
    else if (outcome !== "idle") counts.done += 1;
  }
  return counts;
}

/** After what was imported has been applied, and before messages are handed over. */
async function runSlots(ctx: Context): Promise<Counts> {
  await wakeNudges(ctx);
  return runSchedules(ctx, SCHEDULE_RUNNERS, "runs");
}

function readDueAt(ctx: Context) {
  const storeNow = sql<number>`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
  return ctx.directory
    .select({ nextDueAt: tenants.nextDueAt, storeNow })
    .from(tenants)
    .where(eq(tenants.id, ctx.tenant.id));
}

/** Where the Worker's own clock is off, the turn goes by the store's: nothing is said before its hour, or after it. */
function byStoreClock(ctx: Context, storeNow: number | undefined): Context {
  const skewMs = storeNow === undefined ? 0 : storeNow - ctx.now();
  if (Math.abs(skewMs) < MOST_SKEW_MS) return ctx;
  ctx.log.warn("clock is off", { skew_ms: skewMs });
  return { ...ctx, now: () => ctx.now() + skewMs };
}

async function moveDueAt(ctx: Context, from: number, to: number): Promise<void> {
  await ctx.directory
    .update(tenants)
    .set({ nextDueAt: sql`${to}` })
    .where(and(eq(tenants.id, ctx.tenant.id), eq(tenants.nextDueAt, from)));
}
