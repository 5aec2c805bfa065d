import { eq, type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { inList } from "../../../db/bulk.ts";
import { mediaBuys } from "../../../db/schema/nudges.ts";
import { type Context, stamp } from "../../context.ts";
import { HearbackError } from "../../errors.ts";

export type MediaBuy = typeof mediaBuys.$inferSelect;
export type BuyStatus = MediaBuy["status"];

export type BuyMove = {
  from: readonly BuyStatus[];
  to: BuyStatus;
  /** Days and references that come with it. */
  set?: Partial<MediaBuy>;
  /** Codes, counts and days, for the audit. */
  details?: Record<string, unknown>;
  /** Only while this holds, besides the status; and what to say when it does not. */
  only?: { when: SQL; otherwise: string };
  /** What changes along with it, each told the condition under which the move is made. */
  along?: (may: SQL) => SQL[];
};

/**
 * Moves a media buy from one of these states on, with all that belongs to it, in one batch: of two who do it at once
 * the second finds it moved. Throws NOT_FOUND, or CONFLICT that says where it stands.
 */
export async function moveBuy(ctx: Context, id: string, move: BuyMove): Promise<void> {
  const still = sql`id = ${id} AND status ${inList(move.from)} AND ${move.only?.when ?? sql`true`}`;
  const along = move.along?.(sql`EXISTS (SELECT 1 FROM ${mediaBuys} WHERE ${still})`) ?? [];
  const results: { rowsAffected: number }[] = await ctx.db.batch([
    ctx.db.run(along[0] ?? sql`SELECT 1`),
    ...along.slice(1).map((statement) => ctx.db.run(statement)),
    ctx.db
      .update(mediaBuys)
      .set({ ...move.set, status: move.to, updatedAt: ctx.now() })
      .where(still),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: `media_buy.${move.to}`, entityId: id, details: move.details ?? {} }),
    ),
  ]);
  if ((results.at(-2)?.rowsAffected ?? 0) > 0) return;
  const { status } = await findBuy(ctx, id);
  const advice = move.from.includes(status) ? move.only?.otherwise : undefined;
  throw new HearbackError("CONFLICT", advice ?? `This media buy is ${status.replace("_", " ")}; look again.`);
}

/** Throws NOT_FOUND where there is no such media buy. */
export async function findBuy(ctx: Context, id: string): Promise<MediaBuy> {
  const [buy] = await ctx.db.select().from(mediaBuys).where(eq(mediaBuys.id, id));
  if (!buy) throw new HearbackError("NOT_FOUND", "There is no such media buy here.");
  return buy;
}
