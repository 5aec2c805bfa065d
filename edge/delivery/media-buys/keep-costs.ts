import { and, eq, sql } from "drizzle-orm";
import * as z from "zod";
import { auditIfChanged } from "../../../db/audit.ts";
import { mediaBuys } from "../../../db/schema/nudges.ts";
import { type Context, stamp } from "../../context.ts";
import { HearbackError } from "../../errors.ts";
import { isForTwo } from "./may-commit.ts";
import { findBuy, type MediaBuy } from "./move-buy.ts";

const Micros = z.int().min(0).max(1e13);

/** What was agreed with the vendor, in micros of the buy's currency; unit and postage are for one piece. */
export const BuyDeal = z.strictObject({
  vendor: z.string().trim().min(1).max(80),
  fixedMicros: Micros,
  unitMicros: Micros,
  postageMicros: Micros,
  /** It is not committed, and a text of it does not leave, if it would cost more. */
  budgetMicros: Micros.nullable(),
  offerCode: z.string().trim().min(1).max(40).nullable(),
  trackingPhone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, "expected E.164, such as +12025550101")
    .nullable(),
  /** How long after the first day in people's homes what they buy counts as its effect. */
  attributionDays: z.int().min(1).max(365),
});
export type BuyDeal = z.infer<typeof BuyDeal>;

/**
 * Keeps what was agreed, as long as the list is open: afterwards the vendor's invoice counts. Throws NOT_FOUND, CONFLICT
 * once it is committed, or FORBIDDEN to whoever set the budget and would raise it where another person has to.
 */
export async function keepDeal(ctx: Context, id: string, deal: BuyDeal): Promise<void> {
  const { actor } = stamp(ctx);
  const before = await findBuy(ctx, id);
  if (before.costedBy === actor && isRaise(before, deal) && (await isForTwo(ctx, before))) {
    throw new HearbackError("FORBIDDEN", "Whoever set the budget cannot raise it; somebody else has to.");
  }
  const { fixedMicros, unitMicros, postageMicros, budgetMicros } = deal;
  const details = { fixedMicros, unitMicros, postageMicros, budgetMicros };
  const [{ rowsAffected }] = await ctx.db.batch([
    ctx.db
      .update(mediaBuys)
      // Of another budget it is told anew.
      .set({
        ...deal,
        costedBy: actor,
        budgetTold: sql`iif(budget_micros IS ${budgetMicros}, budget_told, 0)`,
        updatedAt: ctx.now(),
      })
      .where(and(eq(mediaBuys.id, id), eq(mediaBuys.status, "draft"))),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "media_buy.costed", entityId: id, details })),
  ]);
  if (rowsAffected > 0) return;
  const { status } = await findBuy(ctx, id);
  throw new HearbackError("CONFLICT", `This media buy is ${status.replace("_", " ")}: its costs are agreed.`);
}

/** Letters have their second look when they are committed; what leaves by itself, when more may. */
function isRaise({ channel, budgetMicros: had }: MediaBuy, { budgetMicros: wanted }: BuyDeal): boolean {
  return channel !== "print" && had !== null && (wanted === null || wanted > had);
}
