import type { Lease } from "../edge/contract/jobs.ts";
import type { EdgeClient } from "./edge-client.ts";
import type { Log } from "./log.ts";
import { errorFields } from "./procedure.ts";

export type RunReport = {
  status: "succeeded" | "partly" | "failed";
  counts: Record<string, number>;
  /** Of the first part that failed, or of what stopped the run. */
  error?: { code: string };
};

/** Tells the edge how a job ended. What was pushed is there already: a report that is not taken is only logged. */
export async function finishRun(edge: EdgeClient, lease: Lease, report: RunReport, log: Log): Promise<void> {
  try {
    await edge.finish(lease, report);
  } catch (error) {
    log.error("finish not taken", errorFields(error));
  }
}

/** The code by which a failure is known to staff; `unexpected` for a bug. */
export function codeOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "deadline_exceeded";
  if (error instanceof DOMException && error.name === "AbortError") return "stopped";
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unexpected";
}
