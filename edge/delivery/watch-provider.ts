import type { Context } from "../context.ts";
import type { SendResult } from "./channel.ts";
import { holdSender, releaseSender } from "./rate-bucket.ts";

/** Hand-overs in doubt, one after the other, after which the sender rests. Ten calls at most, with six at once. */
const DOUBTS_IN_A_ROW = 5;

/** Tells from each result, of one run, whether sending must stop. */
export type Watch = (result: SendResult, isProbe: boolean) => Promise<boolean>;

/**
 * Holds the sender when the provider asks for it (no call before its Retry-After), or when hand-over after hand-over
 * ends in doubt: each would have to be looked for later, and a provider in trouble is not helped by more calls. The
 * hold lasts as long as a message in doubt is left alone, and ends with one message that tries.
 */
export function watchProvider(ctx: Context): Watch {
  let doubts = 0;
  return async (result, isProbe) => {
    if (result.outcome === "throttled") {
      await holdSender(ctx, result.retryAfterSeconds * 1000);
      return true;
    }
    doubts = result.outcome === "unknown" ? doubts + 1 : 0;
    if (doubts >= DOUBTS_IN_A_ROW || (isProbe && doubts > 0)) {
      ctx.log.warn("sender held", { doubts });
      await holdSender(ctx, ctx.env.RECONCILE_AFTER_SECONDS * 1000);
      return true;
    }
    if (isProbe) await releaseSender(ctx);
    return false;
  };
}
