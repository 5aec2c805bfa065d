import { and, desc, eq, gte, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { pauses, touches } from "../../../db/schema/engagement.ts";
import { patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { HearbackError } from "../../errors.ts";

/** What a list of messages can be narrowed to. */
export const MESSAGE_FATES = ["all", "planned", "sent", "failed", "skipped"] as const;
export type MessageFate = (typeof MESSAGE_FATES)[number];

const STATUSES: Record<Exclude<MessageFate, "all">, readonly string[]> = {
  planned: ["planned", "claimed", "sending"],
  sent: ["accepted", "sent", "delivered", "unknown"],
  failed: ["undelivered", "failed", "parked"],
  skipped: ["skipped", "cancelled", "expired"],
};

const MOST_ROWS = 200;
const DAY_MS = 86_400_000;
/** A narrowed list looks this far back, so that a rare state costs no walk through years. */
const NARROWED_DAYS = 90;
const CURSOR = /^(\d{13})\.(tch_[0-9a-f]{32})$/;

/**
 * One page of a nudge's messages, newest first, with their people still sealed: a stretch of the index on nudge and
 * time, wherever the page begins. `before` is the last page's `next`; `limit` is cut to 200. Throws BAD_REQUEST for a
 * cursor that is none of ours.
 */
export async function listMessages(
  ctx: Context,
  nudgeId: string,
  { fate, before, limit }: { fate: MessageFate; before: string | undefined; limit: number },
) {
  const size = Math.min(limit, MOST_ROWS);
  const recent = gte(touches.createdAt, ctx.now() - NARROWED_DAYS * DAY_MS);
  const rows = await ctx.db
    .select()
    .from(touches)
    .where(
      and(
        eq(touches.nudgeId, nudgeId),
        // Spelled out: SQLite takes the partial index only where it sees its condition.
        sql`${touches.nudgeId} IS NOT NULL`,
        ...(before ? olderThan(before) : []),
        ...(fate === "all" ? [] : [recent, sql`${touches.status} ${inList(STATUSES[fate])}`]),
      ),
    )
    .orderBy(desc(touches.createdAt), desc(touches.id))
    .limit(size + 1);
  const shown = rows.slice(0, size);
  const [sealed, holds] = await ctx.db.batch([
    ctx.db
      .select({ id: patients.id, sealed: patients.sealed })
      .from(patients)
      .where(sql`id ${inList([...new Set(shown.map(({ patientId }) => patientId))])}`),
    ctx.db.select().from(pauses).where(sql`lifted_at IS NULL`),
  ]);
  const last = rows.length > size ? shown.at(-1) : undefined;
  return { rows: shown, patients: sealed, holds, next: last ? `${last.createdAt}.${last.id}` : null };
}

/** The plain bound is what the index is entered by; the pair is what cuts within one millisecond. */
function olderThan(cursor: string) {
  const [, at, id] = CURSOR.exec(cursor) ?? [];
  if (!at || !id) throw new HearbackError("BAD_REQUEST", "There is no such page of the list.");
  return [
    sql`${touches.createdAt} <= ${Number(at)}`,
    sql`(${touches.createdAt}, ${touches.id}) < (${Number(at)}, ${id})`,
  ];
}
