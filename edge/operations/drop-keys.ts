import { and, eq, sql } from "drizzle-orm";
import { auditEvents } from "../../db/audit.ts";
import { inList } from "../../db/bulk.ts";
import { tenantKeys } from "../../db/schema/directory.ts";
import { type Context, stamp } from "../context.ts";
import { forgetDirectory } from "../directory.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";

/**
 * Drops the tenant's older data keys under which nothing is sealed any more: from then on, what they sealed in a stolen
 * copy opens for nobody here. A key that a row still names (one that does not open) is kept. Reads every sealed row,
 * so it is for the end of a rotation.
 */
export async function dropUnusedKeys(ctx: Context): Promise<{ keysDropped: number; keysKept: number }> {
  const { olderKeyIds } = ctx.keys;
  const uses = SEALED_COLUMNS.map(
    ({ table, sealed }) => sql`SELECT DISTINCT substr(${sealed}, 1, instr(${sealed}, '.') - 1) AS id FROM ${table}`,
  );
  const used = new Set((await ctx.db.all<{ id: string | null }>(sql.join(uses, sql` UNION `))).map(({ id }) => id));
  const unused = olderKeyIds.filter((id) => !used.has(id));
  if (unused.length > 0) {
    // Said first: a step that breaks off in between is done and said again, and no key goes unsaid.
    const events = unused.map((entityId) => ({ action: "key.dropped", entityId }));
    await ctx.db.run(auditEvents(stamp(ctx), events));
    await ctx.directory
      .delete(tenantKeys)
      .where(
        and(
          eq(tenantKeys.tenantId, ctx.tenant.id),
          eq(tenantKeys.purpose, "seal"),
          eq(tenantKeys.isCurrent, 0),
          sql`key_id ${inList(unused)}`,
        ),
      );
    forgetDirectory();
  }
  return { keysDropped: unused.length, keysKept: olderKeyIds.length - unused.length };
}
