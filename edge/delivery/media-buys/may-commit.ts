import { eq } from "drizzle-orm";
import { nudges } from "../../../db/schema/nudges.ts";
import { type Context, stamp } from "../../context.ts";
import { quotedMicros } from "../../engagement/media-buys/cost.ts";
import { HearbackError } from "../../errors.ts";
import type { MediaBuy } from "./move-buy.ts";

/** Whether a buy of this nudge is for two people: as for the nudge itself, one asks and another says yes. */
export function needsTwo(nudge: { category: string; approvedBy: string | null }): boolean {
  return nudge.category === "marketing" || nudge.approvedBy !== null;
}

/** The same, asked of the store. */
export async function isForTwo(ctx: Context, { nudgeId }: MediaBuy): Promise<boolean> {
  const [nudge] = await ctx.db.select().from(nudges).where(eq(nudges.id, nudgeId));
  return nudge !== undefined && needsTwo(nudge);
}

/**
 * Says no to a commit that nobody else has looked at, or that would cost more than the buy's budget. Throws FORBIDDEN to
 * whoever set the costs of a buy that needs two people, and CONFLICT that names the price of so many pieces.
 */
export async function refuseCommit(ctx: Context, buy: MediaBuy, pieces: number): Promise<void> {
  if (buy.costedBy === stamp(ctx).actor && (await isForTwo(ctx, buy))) {
    throw new HearbackError("FORBIDDEN", "Whoever set the costs cannot commit it; somebody else has to.");
  }
  const price = quotedMicros(buy, pieces);
  if (buy.budgetMicros === null || price <= buy.budgetMicros) return;
  const say = (micros: number) => `${(micros / 1e6).toFixed(2)} ${buy.currency}`;
  throw new HearbackError(
    "CONFLICT",
    `${pieces} pieces would cost ${say(price)}, more than the budget of ${say(buy.budgetMicros)}. Raise it first, or let the list wait.`,
  );
}
