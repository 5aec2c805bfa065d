import { setTimeout as pause } from "node:timers/promises";
import { type FailureCode, ScrapeFailure } from "./failures.ts";

/** What a step may say besides its time: counts, codes and days; never text of a page. */
export type StepFacts = Record<string, string | number | string[]>;
export type StepRecord = { step: string; ms: number; outcome: "ok" | FailureCode } & StepFacts;
export type StepLog = (record: StepRecord) => void;

export type Steps = {
  signal: AbortSignal;
  /**
   * Runs one named step and logs its time, its outcome and what `facts` says of its result (undefined if it failed).
   * Whatever goes wrong comes out as a `ScrapeFailure`.
   */
  step<T>(name: string, work: () => Promise<T>, facts?: (result: T | undefined) => StepFacts): Promise<T>;
  /** Asks again and again until there is an answer; `otherwise` is the failure when `limitMs` has passed. */
  until<T>(probe: () => Promise<T | undefined>, limit: UntilLimit): Promise<T>;
  /** The same steps for a part of the run, which `signal` ends on its own, for the reason it gives. */
  within(signal: AbortSignal): Steps;
};

/** `everyMs` is the pause between two looks, if not the usual one. */
export type UntilLimit = { limitMs: number; otherwise: FailureCode; everyMs?: number };

/** Steps that share one deadline (`signal`). `pollMs` is the pause between two looks of `until`. */
export function createSteps(options: { log: StepLog; signal: AbortSignal; pollMs: number }): Steps {
  const { log, signal, pollMs } = options;
  return {
    signal,
    async step(name, work, facts) {
      const startedAt = performance.now();
      const took = () => ({ step: name, ms: Math.round(performance.now() - startedAt) });
      try {
        signal.throwIfAborted();
        const result = await work();
        log({ ...facts?.(result), ...took(), outcome: "ok" });
        return result;
      } catch (error) {
        const failure = nameFailure(error, signal);
        const detail = failure.detail && { detail: failure.detail };
        log({ ...facts?.(undefined), ...took(), outcome: failure.code, ...detail });
        throw failure;
      }
    },
    async until(probe, { limitMs, otherwise, everyMs = pollMs }) {
      const endsAt = performance.now() + limitMs;
      for (;;) {
        const answer = await probe();
        if (answer !== undefined) return answer;
        if (performance.now() >= endsAt) throw new ScrapeFailure(otherwise);
        await pause(everyMs, undefined, { signal });
      }
    },
    within: (part) => createSteps({ log, pollMs, signal: AbortSignal.any([signal, part]) }),
  };
}

/** The message of a browser error is dropped: its call log quotes the page, and the page holds patients. */
function nameFailure(error: unknown, signal: AbortSignal): ScrapeFailure {
  if (signal.reason instanceof ScrapeFailure) return signal.reason;
  if (signal.aborted) return new ScrapeFailure("deadline_exceeded");
  if (error instanceof ScrapeFailure) return error;
  return new ScrapeFailure("browser_trouble", error instanceof Error ? error.name : "unknown");
}
