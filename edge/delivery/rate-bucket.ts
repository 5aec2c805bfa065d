import type { DurableObjectState, DurableObjectStorage } from "@cloudflare/workers-types";
import type { Context } from "../context.ts";
import type { Channel } from "./channel.ts";

type Grant = { granted: number; waitMs: number; startsInMs?: number; isProbe?: boolean; isHeld?: boolean };

/** While one message tries whether the provider is well again, nothing else leaves: longer than any hand-over. */
const PROBE_MS = 40_000;
const HELD_UNTIL = "held-until";

/**
 * A token bucket (a Durable Object, so that all isolates share it): one for each sender, and one for each address that
 * asks for links that are not there. Grants one second's worth ahead, or `burst`, each token for a moment of its own at
 * the even rate (the generic cell rate algorithm of ITU-T I.371). It lives in memory: after an eviction it begins anew,
 * which costs at most one second's worth. A hold is on disk, and ends with a single message that tries whether the
 * provider is well again.
 */
export class RateBucket {
  readonly #storage: DurableObjectStorage;
  /** When the next token's moment is, epoch ms. */
  private freeAt = 0;

  constructor(state: DurableObjectState) {
    this.#storage = state.storage;
  }

  /**
   * `?n=` tokens wanted, `?rate=` tokens a second, `?burst=` at most ahead. Answers `{granted, waitMs, startsInMs}`:
   * `waitMs` when nothing was granted, `startsInMs` when the first token's moment is. With `&keep=1` it only tells what
   * it would grant. `/hold?ms=` grants nothing for so long; `/release` ends that.
   */
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams: query } = new URL(request.url);
    if (pathname === "/hold") await this.#storage.put(HELD_UNTIL, Date.now() + Number(query.get("ms")));
    if (pathname === "/release") await this.#storage.delete(HELD_UNTIL);
    if (pathname !== "/") return new Response(null, { status: 204 });
    const heldUntil = await this.#storage.get<number>(HELD_UNTIL);
    if (heldUntil !== undefined) return Response.json(await this.#probe(heldUntil, Date.now()));
    const rate = Number(query.get("rate"));
    const capacity = Number(query.get("burst") ?? Math.max(1, rate));
    return Response.json(this.take(Number(query.get("n")), rate, capacity, Date.now(), query.has("keep")));
  }

  async #probe(heldUntil: number, now: number): Promise<Grant> {
    if (now < heldUntil) return { granted: 0, waitMs: 0, isHeld: true };
    await this.#storage.put(HELD_UNTIL, now + PROBE_MS);
    return { granted: 1, waitMs: 0, isProbe: true };
  }

  take(wanted: number, ratePerSecond: number, capacity: number, now: number, isOnlyAsked = false): Grant {
    const eachMs = 1000 / ratePerSecond;
    const startsInMs = Math.max(0, this.freeAt - now);
    const tokens = capacity - startsInMs / eachMs;
    const granted = Math.min(wanted, Math.floor(tokens));
    if (!isOnlyAsked) this.freeAt = now + startsInMs + granted * eachMs;
    return { granted, startsInMs, waitMs: granted > 0 ? 0 : Math.ceil((1 - tokens) * eachMs) };
  }
}

/** Who says it: rate and holds belong to one sender at one provider, whichever tenant uses it. */
type Sender = Pick<Channel, "provider" | "sender">;

/**
 * Waits until the sender has tokens, and tells how many of `wanted` it would grant. Takes none: what is then not sent
 * uses up no rate. None while the sender is held; just one, the probe, after a hold.
 */
export async function awaitTokens(
  ctx: Context,
  sender: Sender,
  wanted: number,
): Promise<{ granted: number; isProbe: boolean }> {
  for (;;) {
    const { granted, waitMs, isProbe = false, isHeld = false } = await take(ctx, sender, wanted, "&keep=1");
    if (granted > 0 || isHeld) return { granted, isProbe };
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/**
 * Takes up to `wanted` tokens for calls that will be made, the first no earlier than `startsAt` (epoch ms). Fewer, or
 * none, where another run was faster.
 */
export async function takeTokens(
  ctx: Context,
  sender: Sender,
  wanted: number,
): Promise<{ granted: number; startsAt: number; isProbe: boolean }> {
  const { granted, startsInMs = 0, isProbe = false } = await take(ctx, sender, wanted);
  return { granted, startsAt: ctx.now() + startsInMs, isProbe };
}

async function take(ctx: Context, sender: Sender, wanted: number, option = ""): Promise<Grant> {
  const answer = await ask(ctx, sender, `/?n=${wanted}&rate=${ctx.env.SENDER_RATE_PER_SECOND}${option}`);
  return (await answer.json()) as Grant;
}

/** The provider asked for a pause, or is not well: this sender, whoever uses it, says nothing for so long. */
export async function holdSender(ctx: Context, sender: Sender, ms: number): Promise<void> {
  await ask(ctx, sender, `/hold?ms=${Math.ceil(ms)}`);
}

/** The probe was taken: all may go on. */
export async function releaseSender(ctx: Context, sender: Sender): Promise<void> {
  await ask(ctx, sender, "/release");
}

function ask(ctx: Context, { provider, sender }: Sender, pathAndQuery: string) {
  const buckets = ctx.env.RATE_BUCKET;
  return buckets.get(buckets.idFromName(`${provider} ${sender}`)).fetch(`https://bucket${pathAndQuery}`);
}
