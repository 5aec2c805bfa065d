import { setTimeout as pause } from "node:timers/promises";
import { errorFields } from "../procedure.ts";
import { QueueFailure } from "../sqs.ts";
import { answerRequest, HIDDEN_SECONDS, type Outcome, type RefreshDeps } from "./answer-request.ts";

/** Clinics that are read at once; the queue gives out one request of each at a time. */
const AT_ONCE = 4;
const WAIT_SECONDS = 20;
const AFTER_TROUBLE_MS = 15_000;

/**
 * Answers requests, those of several clinics beside each other: what lies in the queue, or with `stays` whatever comes
 * until the signal. A queue that is out of order is asked again then; else it is thrown as a `QueueFailure`. Returns how
 * many came to which end. After trouble that ends one of those beside each other, the others finish what they are at.
 */
export async function answerRequests(deps: RefreshDeps, { stays }: { stays: boolean }): Promise<Map<Outcome, number>> {
  const outcomes = new Map<Outcome, number>();
  const one = async () => {
    const options = { hiddenSeconds: HIDDEN_SECONDS, waitSeconds: stays ? WAIT_SECONDS : 0, signal: deps.signal };
    const message = await deps.queues.take(options);
    if (!message) return false;
    const outcome = await answerRequest(message, deps);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    return true;
  };
  let isBroken = false;
  const worker = async () => {
    while (!deps.signal.aborted && !isBroken) {
      const isMore = await one().catch(async (error: unknown) => {
        if (deps.signal.aborted) return false;
        if (!stays || !(error instanceof QueueFailure)) throw error;
        deps.log.error("queue out of order", errorFields(error));
        await pause(AFTER_TROUBLE_MS, undefined, { signal: deps.signal }).catch(() => {});
        return true;
      });
      if (!isMore && !stays) return;
    }
  };
  const lines = Array.from({ length: AT_ONCE }, () =>
    worker().catch((error: unknown) => {
      isBroken = true;
      throw error;
    }),
  );
  const broken = (await Promise.allSettled(lines)).find((line) => line.status === "rejected");
  if (broken) throw broken.reason;
  return outcomes;
}
