import { asc, desc, eq, gt } from "drizzle-orm";
import { auditHeads } from "../../db/schema/directory.ts";
import { audit, auditChain } from "../../db/schema/operations.ts";
import { raiseAlarm } from "../alarms.ts";
import type { Context } from "../context.ts";
import { type AuditRow, nextHash } from "./chain-audit.ts";

export type AuditVerdict = {
  /** Rows looked at now, and of these the newest that the minute has not chained yet. */
  checked: number;
  unchained: number;
  /** Go on after this row; null when the end was reached. */
  next: number | null;
  /** The first row that does not fit: `changed` since it was chained, or `missing`. */
  broken: { seq: number; problem: "changed" | "missing" } | null;
};

type Link = { row: AuditRow; hash: string | null };
type Head = { seq: number; hash: string };

const PAGE = 1_000;
const PAGES = 20;

/** Checks the audit against its chain, from the row behind `after` (0 for all). Raises an alarm when it is broken. */
export async function verifyAudit(ctx: Context, after: number): Promise<AuditVerdict> {
  const head = await readHead(ctx);
  const verdict: AuditVerdict = { checked: 0, unchained: 0, next: after, broken: null };
  for (let page = 0; page < PAGES && verdict.next !== null && !verdict.broken; page += 1) {
    await verifyPage(ctx, head, verdict, verdict.next);
  }
  if (verdict.broken) await ctx.db.run(raiseAlarm(ctx, "audit_broken", "audit", verdict.broken));
  return verdict;
}

async function verifyPage(ctx: Context, head: Head, verdict: AuditVerdict, after: number): Promise<void> {
  const [[previous], links] = await ctx.db.batch([
    ctx.db.select().from(auditChain).where(eq(auditChain.seq, after)),
    ctx.db
      .select({ row: audit, hash: auditChain.hash })
      .from(audit)
      .leftJoin(auditChain, eq(auditChain.seq, audit.seq))
      .where(gt(audit.seq, after))
      .orderBy(asc(audit.seq))
      .limit(PAGE),
  ]);
  let hash = previous?.hash ?? "";
  let expected = after + 1;
  for (const link of links) {
    hash = await checkLink(ctx, head, verdict, expected, hash, link);
    if (verdict.broken) return;
    expected += 1;
  }
  const isEnd = links.length < PAGE;
  if (isEnd && expected <= head.seq) verdict.broken = { seq: expected, problem: "missing" };
  verdict.next = isEnd ? null : expected - 1;
}

async function checkLink(
  ctx: Context,
  head: Head,
  verdict: AuditVerdict,
  expected: number,
  previous: string,
  { row, hash }: Link,
): Promise<string> {
  if (row.seq !== expected) {
    verdict.broken = { seq: expected, problem: "missing" };
    return previous;
  }
  verdict.checked += 1;
  if (row.seq > head.seq) {
    verdict.unchained += 1;
    return previous;
  }
  const right = await nextHash(ctx, previous, row);
  if (hash !== right || (row.seq === head.seq && head.hash !== "" && head.hash !== right)) {
    verdict.broken = { seq: row.seq, problem: "changed" };
  }
  return right;
}

/** Where the chain ended at the latest, by its own table or by what the directory remembers. */
async function readHead(ctx: Context): Promise<Head> {
  const [[chained], [remembered]] = await Promise.all([
    ctx.db.select().from(auditChain).orderBy(desc(auditChain.seq)).limit(1),
    ctx.directory.select().from(auditHeads).where(eq(auditHeads.tenantId, ctx.tenant.id)),
  ]);
  if (remembered && remembered.seq >= (chained?.seq ?? 0)) return remembered;
  return chained ? { seq: chained.seq, hash: "" } : { seq: 0, hash: "" };
}
