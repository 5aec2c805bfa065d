import type { Context } from "../context.ts";
import type { Channel, SendResult } from "./channel.ts";
import { channelOf, isOnly } from "./channels.ts";
import { holdSender, releaseSender } from "./rate-bucket.ts";

/** Hand-overs in doubt, one after the other, after which the sender rests. Ten calls at most, with six at once. */
const DOUBTS_IN_A_ROW = 5;

/** How long a sender that its provider refuses is left alone. */
const REFUSED_FOR_MS = 15 * 60_000;

/** Tells from each result, of one run, whether sending must stop. */
export type Watch = (result: SendResult, isProbe: boolean) => Promise<boolean>;

/**
 * Holds the sender when the provider asks for it (no call before its Retry-After), or when hand-over after hand-over
 * ends in doubt: each would have to be looked for later, and a provider in trouble is not helped by more calls. The
 * hold lasts as long as a message in doubt is left alone, and ends with one message that tries.
 */
export function watchProvider(ctx: Context, channel: Channel): Watch {
  let doubts = 0;
  return async (result, isProbe) => {
    if (result.outcome === "throttled") {
      await holdSender(ctx, channel, result.retryAfterSeconds * 1000);
      return true;
    }
    doubts = result.outcome === "unknown" ? doubts + 1 : 0;
    if (doubts >= DOUBTS_IN_A_ROW || (isProbe && doubts > 0)) {
      ctx.log.warn("sender held", { provider: channel.provider, doubts });
      await holdSender(ctx, channel, ctx.env.RECONCILE_AFTER_SECONDS * 1000);
      return true;
    }
    if (isProbe) await releaseSender(ctx, channel);
    return false;
  };
}

/**
 * The provider refuses the sender itself. It is tried again later, while others go on; only where it alone carries the
 * tenant's texts, everything waits for staff instead (`record-results.ts`).
 */
export async function restSender(ctx: Context, provider: string): Promise<void> {
  const channel = isOnly(ctx, provider) ? null : channelOf(ctx, provider);
  if (channel) await holdSender(ctx, channel, REFUSED_FOR_MS);
}
