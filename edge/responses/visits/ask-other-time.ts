import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { newId } from "../../../db/ids.ts";
import { appointments } from "../../../db/schema/people.ts";
import { visitRequests, type Wish } from "../../../db/schema/visits.ts";
import { type Context, stamp } from "../../context.ts";

/** More different words about one visit and time are somebody playing with a stranger's phone; the desk calls anyway. */
const MOST_PER_VISIT = 10;

/**
 * Puts the wish for another time on the desk's call list, the words sealed. The same words again are the same wish,
 * asked anew. False, with nothing kept, when the visit does not stand at `startsAt` (epoch ms) any more, or after ten.
 */
export async function askOtherTime(
  ctx: Context,
  { appointmentId, startsAt, wish, text }: { appointmentId: string; startsAt: number; wish: Wish; text: string },
): Promise<boolean> {
  const now = ctx.now();
  const id = newId("visitRequest", now);
  const wordsKey = await ctx.keys.blindIndex("request", `${wish}\n${text}`);
  const sealed = text === "" ? null : await ctx.keys.seal({ table: "visit_requests", row: id }, text);
  const own = sql`SELECT 1 FROM ${visitRequests} WHERE appointment_id = ${appointmentId} AND starts_at = ${startsAt}`;
  const [{ rowsAffected }] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${visitRequests} (id, appointment_id, starts_at, wish, sealed, words_key, at)
      SELECT ${id}, id, starts_at, ${wish}, ${sealed}, ${wordsKey}, ${now} FROM ${appointments}
      WHERE id = ${appointmentId} AND starts_at = ${startsAt} AND removed_at IS NULL AND status IN ('pending', 'booked')
        AND ((SELECT count(*) FROM (${own})) < ${MOST_PER_VISIT} OR EXISTS (${own} AND words_key = ${wordsKey}))
      ON CONFLICT (appointment_id, starts_at, words_key) DO UPDATE SET at = excluded.at`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: "visit.time_asked", entityId: appointmentId, details: { wish, startsAt } }),
    ),
  ]);
  return rowsAffected > 0;
}
