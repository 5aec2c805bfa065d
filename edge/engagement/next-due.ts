import { sql } from "drizzle-orm";
import { UNREACHED } from "../../db/schema/engagement.ts";
import type { Context } from "../context.ts";

/** However quiet it is, every tenant is looked at this often: a lost wake-up heals within it. */
const AT_LEAST_EVERY_MS = 15 * 60_000;

/** When this tenant has work next (epoch ms): every part is one step into an index that holds only what is open. */
export async function nextDueAt(ctx: Context): Promise<number> {
  const [row] = await ctx.db.all<{ at: number | null }>(sql`SELECT min(at) AS at FROM (
    SELECT min(due_at) AS at FROM touches WHERE status = 'planned'
    UNION ALL SELECT min(lease_until) FROM touches WHERE status IN ('claimed', 'sending')
    UNION ALL SELECT min(check_at) FROM touches WHERE check_at IS NOT NULL
    UNION ALL SELECT 0 WHERE EXISTS (SELECT 1 FROM imports WHERE status IN ('staged', 'held') AND status = 'staged')
    UNION ALL SELECT 0 WHERE EXISTS (SELECT 1 FROM touches WHERE ${sql.raw(UNREACHED)})
    UNION ALL SELECT 0 WHERE EXISTS (SELECT 1 FROM appointments WHERE needs_planning = 1)
    UNION ALL SELECT 0 WHERE EXISTS (SELECT 1 FROM addresses WHERE standard_input_key IS NOT input_key)
    UNION ALL SELECT min(next_run_at) FROM schedules WHERE is_active = 1)`);
  return Math.min(row?.at ?? Number.MAX_SAFE_INTEGER, ctx.now() + AT_LEAST_EVERY_MS);
}
