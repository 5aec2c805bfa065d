import type { Context } from "../context.ts";

type Grant = { granted: number; waitMs: number };

/**
 * A token bucket (a Durable Object, so that all isolates share it): one for each sender, and one for each address that
 * asks for links that are not there. Holds one second's worth, or `burst`, and refills evenly. State lives in memory: after an eviction the bucket starts full, which costs at most one second's burst.
 */
export class RateBucket {
  private tokens: number | null = null;
  private filledAt = 0;

  /** `?n=` tokens wanted, `?rate=` tokens a second, `?burst=` at most held. Answers `{granted, waitMs}`; `waitMs` when nothing was granted. */
  async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const rate = Number(query.get("rate"));
    const capacity = Number(query.get("burst") ?? Math.max(1, rate));
    return Response.json(this.take(Number(query.get("n")), rate, capacity, Date.now()));
  }

  take(wanted: number, ratePerSecond: number, capacity: number, now: number): Grant {
    const before = this.tokens ?? capacity;
    this.tokens = Math.min(capacity, before + ((now - this.filledAt) / 1000) * ratePerSecond);
    this.filledAt = now;
    const granted = Math.min(wanted, Math.floor(this.tokens));
    this.tokens -= granted;
    return { granted, waitMs: granted > 0 ? 0 : Math.ceil(((1 - this.tokens) / ratePerSecond) * 1000) };
  }
}

/** Waits for the tenant's sender to have tokens, and takes up to `wanted` of them. */
export async function takeTokens(ctx: Context, wanted: number): Promise<number> {
  const { RATE_BUCKET: buckets, SENDER_RATE_PER_SECOND: rate } = ctx.env;
  const bucket = buckets.get(buckets.idFromName(senderOf(ctx)));
  for (;;) {
    const answer = await bucket.fetch(`https://bucket/?n=${wanted}&rate=${rate}`);
    const grant = (await answer.json()) as Grant;
    if (grant.granted > 0) return grant.granted;
    await new Promise((resolve) => setTimeout(resolve, grant.waitMs));
  }
}

/** The messaging service that speaks for this tenant. */
export function senderOf(ctx: Context): string {
  return ctx.tenant.settings.messages.messagingServiceSid ?? ctx.env.TWILIO_MESSAGING_SERVICE_SID;
}
