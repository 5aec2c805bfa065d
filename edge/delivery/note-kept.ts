import { sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { attempts, touches } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";
import type { Medium } from "./channel.ts";
import { isPaused } from "./pause.ts";
import { KEPT_BY_PROVIDER } from "./try-again.ts";

const BATCH = 5_000;

/**
 * Notes of what is due, while no provider of its medium takes anything, that this is what keeps it: so it is told, and
 * where it ends as too late another step may be said in its place. Not of what a provider may have had already.
 */
export async function noteKept(ctx: Context, medium: Medium): Promise<void> {
  await ctx.db.run(sql`UPDATE ${touches} SET reason = 'provider_away', updated_at = ${ctx.now()}
    WHERE status = 'planned' AND id IN (SELECT id FROM ${touches} AS due WHERE due.status = 'planned'
      AND due.channel = ${medium} AND due.due_at <= ${ctx.now()} AND NOT coalesce(due.reason, '') ${inList(KEPT_BY_PROVIDER)}
      AND NOT ${isPaused(sql`due.kind`)} AND NOT EXISTS (SELECT 1 FROM ${attempts} WHERE touch_id = due.id
        AND outcome IN ('started', 'accepted', 'unknown'))
      ORDER BY due.due_at LIMIT ${BATCH})`);
}
