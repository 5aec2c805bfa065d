import { asc, desc, gt, sql } from "drizzle-orm";
import { insertRows } from "../../db/bulk.ts";
import { auditHeads } from "../../db/schema/directory.ts";
import { audit, auditChain } from "../../db/schema/operations.ts";
import type { Context } from "../context.ts";
import type { Counts } from "../procedure.ts";

export type AuditRow = typeof audit.$inferSelect;

const PAGE = 1_000;
const PAGES_PER_TICK = 20;

/**
 * Chains the audit's new rows in order: each hash is a keyed one over the hash before it and the whole row, so a row
 * that is changed or taken out later breaks the chain from there on. Where it ends is also kept in the directory and in
 * the log, or cutting off the end would not show. No write ever waits for this, and doing it twice changes nothing.
 */
export async function chainAudit(ctx: Context): Promise<Counts> {
  let chained = 0;
  for (let page = 0; page < PAGES_PER_TICK; page += 1) {
    const added = await chainPage(ctx);
    chained += added;
    if (added < PAGE) break;
  }
  return { chained };
}

async function chainPage(ctx: Context): Promise<number> {
  const [last] = await ctx.db.select().from(auditChain).orderBy(desc(auditChain.seq)).limit(1);
  const rows = await ctx.db
    .select()
    .from(audit)
    .where(gt(audit.seq, last?.seq ?? 0))
    .orderBy(asc(audit.seq))
    .limit(PAGE);
  if (rows.length === 0) return 0;
  const links: { seq: number; hash: string }[] = [];
  let hash = last?.hash ?? "";
  for (const row of rows) {
    hash = await nextHash(ctx, hash, row);
    links.push({ seq: row.seq, hash });
  }
  const seq = rows.at(-1)?.seq ?? 0;
  await ctx.db.run(insertRows(auditChain, links, {}, sql`ON CONFLICT (seq) DO NOTHING`));
  await ctx.directory
    .insert(auditHeads)
    .values({ tenantId: ctx.tenant.id, seq, hash, at: ctx.now() })
    .onConflictDoUpdate({
      target: auditHeads.tenantId,
      set: { seq, hash, at: ctx.now() },
      setWhere: sql`${auditHeads.seq} < ${seq}`,
    });
  ctx.log.info("audit head", { seq, hash });
  return rows.length;
}

/** The chain's hash after this row. */
export function nextHash({ keys }: Context, previous: string, row: AuditRow): Promise<string> {
  const { seq, at, actor, action, entityId, details, requestId } = row;
  return keys.blindIndex("audit", JSON.stringify([previous, seq, at, actor, action, entityId, details, requestId]));
}
