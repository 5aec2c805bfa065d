import type { Context } from "../context.ts";

/** A sender's next message may begin: resolves when its moment has come. */
export type Pace = { from(startsAt: number): void; turn(): Promise<void> };

/**
 * Spaces one run's messages evenly at the sender's rate, from the moment that their tokens are for. What comes late,
 * because the store or the provider was slow, is not made up for by a rush.
 */
export function paceOf(ctx: Context): Pace {
  const eachMs = 1000 / ctx.env.SENDER_RATE_PER_SECOND;
  let nextAt = 0;
  return {
    from: (startsAt) => {
      nextAt = Math.max(nextAt, startsAt);
    },
    async turn() {
      const waitMs = nextAt - ctx.now();
      nextAt = Math.max(nextAt, ctx.now()) + eachMs;
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    },
  };
}
