import { uuidv7 } from "../db/ids.ts";
import { runs } from "../db/schema/operations.ts";
import type { Context } from "./context.ts";
import { errorFields, type LogFields } from "./log.ts";

export type Counts = Record<string, number>;

/** What runs, such as `dispatch`, the same in every run; its context's log names the run in every line. */
export type Procedure = { id: string; work: (ctx: Context) => Promise<Counts> };

/** Which run of it. `dueAt` (epoch ms) is when it should have begun. A run with a parent is a step of that one. */
export type Run = { id: string; parentRunId?: string; arguments?: LogFields; dueAt?: number };

export type Outcome = "idle" | "succeeded" | "partly" | "failed";

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
  if (ended.status === "failed") log.error("procedure failed", { ...line, ...ended.error });
  else if (!isStep || ended.status !== "idle") {
    const event = ended.status === "partly" ? "procedure succeeded in part" : "procedure succeeded";
    log.info(event, { ...line, run_return_value: ended.counts });
  }
  if (ended.status !== "idle") await record({ ...ctx, log }, procedure.id, run, startedAt, ended);
  return ended.status;
}

type Ended =
  | { status: "idle" | "succeeded" | "partly"; counts: Counts; error?: never }
  | { status: "failed"; counts?: never; error: ReturnType<typeof errorFields> };

async function attempt(ctx: Context, procedure: Procedure): Promise<Ended> {
  try {
    const counts = await procedure.work(ctx);
    const isIdle = Object.values(counts).every((count) => count === 0);
    return { status: isIdle ? "idle" : counts.failed ? "partly" : "succeeded", counts };
  } catch (error) {
    return { status: "failed", error: errorFields(error) };
  }
}

/** The work is done whether or not it can be written down: a store that fails here is for the log alone. */
async function record(ctx: Context, procedureId: string, run: Run, startedAt: number, ended: Ended): Promise<void> {
  if (ended.status === "idle") return;
  try {
    await ctx.db.insert(runs).values({
      id: run.id,
      procedureId,
      parentRunId: run.parentRunId ?? null,
      status: ended.status,
      arguments: JSON.stringify(run.arguments ?? {}),
      counts: JSON.stringify(ended.counts ?? {}),
      error: ended.error ? (ended.error.code ?? ended.error.error) : null,
      dueAt: run.dueAt ?? null,
      startedAt,
      finishedAt: ctx.now(),
    });
  } catch (error) {
    ctx.log.warn("run not recorded", errorFields(error));
  }
}

/** The id of a new run, a UUID. */
export function newRunId(ctx: Context): string {
  return uuidv7(ctx.now());
}
