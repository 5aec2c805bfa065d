import { eq } from "drizzle-orm";
import { uuidv7 } from "../db/ids.ts";
import { runs } from "../db/schema/operations.ts";
import type { Context } from "./context.ts";
import { errorFields, type LogFields } from "./log.ts";

export type Counts = Record<string, number>;

/** What runs, such as `dispatch`, the same in every run; its context's log names the run in every line. */
export type Procedure = { id: string; work: (ctx: Context) => Promise<Counts>; timeoutMs?: number };

/**
 * Which run of it. `dueAt` (epoch ms) is when it should have begun. A run with a parent is a step of that one. One that
 * `isBegun` has its row already, which is kept even when there was nothing to do.
 */
export type Run = { id: string; parentRunId?: string; arguments?: LogFields; dueAt?: number; isBegun?: boolean };

export type Outcome = "idle" | "succeeded" | "partly" | "failed" | "timeout";

/**
 * Runs a procedure and keeps a record of it: log lines of the shape that the container's procedures have, and a row in
 * `runs`. A run that found nothing to do leaves no row, and as a step no line, or a desk at rest would fill both. A
 * failure is recorded by class and code and told by the outcome: what one step could not do keeps no other from its work.
 */
export async function runProcedure(ctx: Context, procedure: Procedure, run: Run): Promise<Outcome> {
  const isStep = run.parentRunId !== undefined;
  const log = ctx.log.with({ procedure_id: procedure.id, run_id: run.id, parent_run_id: run.parentRunId });
  const startedAt = ctx.now();
  const about = {
    run_arguments: run.arguments,
    lateness_ms: run.dueAt === undefined ? undefined : startedAt - run.dueAt,
  };
  if (!isStep) log.info("procedure started", { run_status: "started", ...about });
  const ended = await attempt({ ...ctx, log }, procedure);
  const line = { run_status: ended.status, ...about, duration_ms: ctx.now() - startedAt };
  if (ended.error) log.error("procedure failed", { ...line, ...ended.error });
  else if (!isStep || ended.status !== "idle") {
    const event = ended.status === "partly" ? "procedure succeeded in part" : "procedure succeeded";
    log.info(event, { ...line, run_return_value: ended.counts });
  }
  if (ended.status !== "idle" || run.isBegun) await record({ ...ctx, log }, procedure.id, run, startedAt, ended);
  return ended.status;
}

type Ended =
  | { status: "idle" | "succeeded" | "partly"; counts: Counts; error?: never }
  | { status: "failed" | "timeout"; counts?: never; error: ReturnType<typeof errorFields> };

/** What took too long goes on unheard: whatever it still does must be safe beside the next run. */
class TookTooLong extends Error {
  override name = "TookTooLong";
}

async function attempt(ctx: Context, procedure: Procedure): Promise<Ended> {
  try {
    const counts = await inTime(procedure.work(ctx), procedure.timeoutMs);
    const isIdle = Object.values(counts).every((count) => count === 0);
    return { status: isIdle ? "idle" : counts.failed ? "partly" : "succeeded", counts };
  } catch (error) {
    return { status: error instanceof TookTooLong ? "timeout" : "failed", error: errorFields(error) };
  }
}

async function inTime(work: Promise<Counts>, timeoutMs: number | undefined): Promise<Counts> {
  if (timeoutMs === undefined) return work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong("took too long")), timeoutMs);
  });
  return Promise.race([work, tooLong]).finally(() => clearTimeout(timer));
}

/** The work is done whether or not it can be written down: a store that fails here is for the log alone. */
async function record(ctx: Context, procedureId: string, run: Run, startedAt: number, ended: Ended): Promise<void> {
  const result = {
    status: ended.status === "idle" ? ("succeeded" as const) : ended.status,
    counts: JSON.stringify(ended.status === "idle" ? {} : (ended.counts ?? {})),
    error: ended.error ? (ended.error.code ?? ended.error.error) : null,
    finishedAt: ctx.now(),
  };
  const about = {
    procedureId,
    parentRunId: run.parentRunId ?? null,
    arguments: JSON.stringify(run.arguments ?? {}),
    dueAt: run.dueAt ?? null,
    startedAt,
  };
  try {
    await ctx.db
      .insert(runs)
      .values({ id: run.id, ...about, ...result })
      // One that was given up meanwhile stays so.
      .onConflictDoUpdate({ target: runs.id, set: result, setWhere: eq(runs.status, "started") });
  } catch (error) {
    ctx.log.warn("run not recorded", errorFields(error));
  }
}

/** The id of a new run, a UUID. */
export function newRunId(ctx: Context): string {
  return uuidv7(ctx.now());
}
