import { randomUUID } from "node:crypto";
import type { Log, LogFields } from "./log.ts";

export type Procedure = {
  /** What runs, such as `scrape`; the same in every run. */
  id: string;
  /** Which run of it, a UUID; made here unless the edge gave one. */
  runId?: string;
  parentRunId?: string;
  arguments: LogFields;
};

/** `partly` is a run that did some of its work and said which part it did not. */
export type Finished = { status: "succeeded" | "partly" | "failed"; counts: LogFields };

/**
 * Runs `work` between two log events that carry the procedure's id, the run's id, its arguments, and at the end its
 * counts and duration. What `work` logs through its own log carries the ids too. An error is logged and thrown on.
 */
export async function runProcedure<Result extends Finished>(
  log: Log,
  procedure: Procedure,
  work: (log: Log) => Promise<Result>,
): Promise<Result> {
  const bound = log.with({
    procedure_id: procedure.id,
    run_id: procedure.runId ?? randomUUID(),
    ...(procedure.parentRunId && { parent_run_id: procedure.parentRunId }),
  });
  const run_arguments = procedure.arguments;
  const startedAt = performance.now();
  const duration = () => ({ duration_ms: Math.round(performance.now() - startedAt) });
  bound.info("procedure started", { run_status: "started", run_arguments });
  try {
    const result = await work(bound);
    const fields = {
      run_status: result.status,
      run_arguments,
      run_return_value: result.counts,
      ...duration(),
    };
    if (result.status === "succeeded") bound.info("procedure succeeded", fields);
    else if (result.status === "partly") bound.warn("procedure succeeded in part", fields);
    else bound.error("procedure failed", fields);
    return result;
  } catch (error) {
    bound.error("procedure failed", { run_status: "failed", run_arguments, ...duration(), ...errorFields(error) });
    throw error;
  }
}

/**
 * What of an error may be logged: class, code, and where it was thrown. Not its message, which may quote a page, and
 * the page holds patients.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return { error: error.name, code, exception: [error.name, ...frames].join("\n") };
}
