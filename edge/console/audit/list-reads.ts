import { desc, lt, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { audit } from "../../../db/schema/operations.ts";
import { appointments } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import type { AuditRead, ReadsPage, ReadsQuery } from "../../contract/reads.ts";

const PAGE = 5_000;
/** Events of one moment may be numbered in another order than they were stamped. */
const OUT_OF_ORDER_MS = 60_000;
const IS_READ = /\.(read|exported)$/;

/**
 * Who opened whose records in a span of time, newest first, a stretch of the audit at a time: what it costs goes by how
 * far back is asked, not by how long the clinic has been here. A day's schedule counts as read by all who have a visit on
 * that day.
 */
export async function listReads(ctx: Context, { since, until, by, before }: ReadsQuery): Promise<ReadsPage> {
  const events = await ctx.db
    .select()
    .from(audit)
    .where(lt(audit.seq, before ?? Number.MAX_SAFE_INTEGER))
    .orderBy(desc(audit.seq))
    .limit(PAGE);
  const asked = events.filter(
    ({ at, action, actor }) =>
      at >= since && at <= until && IS_READ.test(action) && (by === undefined || isBy(actor, by)),
  );
  const byDay = await readDays(ctx, asked);
  const reads = asked.map(({ seq, at, actor, action, entityId, details }): AuditRead => {
    const patients = action === "schedule.read" ? (byDay.get(entityId) ?? []) : whose(action, entityId, details);
    return { seq, at, actor, action, entityId, patients };
  });
  const last = events.at(-1);
  const isEnd = !last || events.length < PAGE || last.at < since - OUT_OF_ORDER_MS;
  return { reads, next: isEnd ? null : last.seq };
}

/** The audit names staff as `staff:mail`, machines as `machine:key`. */
function isBy(actor: string, by: string): boolean {
  return actor === by || actor === `staff:${by.toLowerCase()}` || actor === `machine:${by}`;
}

/** Lists of before the events named their people, and numbers without any, cannot be told. */
function whose(action: string, entityId: string, details: string): string[] | null {
  if (entityId.startsWith("pat_")) return [entityId];
  const { ids, patients } = JSON.parse(details) as { ids?: string[]; patients?: number };
  return ids ?? (action !== "consents.exported" && patients === 0 ? [] : null);
}

async function readDays(ctx: Context, events: { action: string; entityId: string }[]): Promise<Map<string, string[]>> {
  const days = events.filter(({ action }) => action === "schedule.read").map(({ entityId }) => entityId);
  if (days.length === 0) return new Map();
  const rows = await ctx.db.all<{
    day: string;
    patient: string;
  }>(sql`SELECT DISTINCT local_on AS day, patient_id AS patient
    FROM ${appointments} WHERE local_on ${inList([...new Set(days)])}`);
  return new Map(
    [...Map.groupBy(rows, ({ day }) => day)].map(([day, own]) => [day, own.map(({ patient }) => patient)]),
  );
}
