import { desc, lt, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { exportFiles } from "../../../db/schema/exports.ts";
import { mediaBuyRecipients } from "../../../db/schema/nudges.ts";
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
 * far back is asked, not by how long the clinic has been here. Of a day's schedule, all who have a visit on that day count
 * as read, of a mailing's list all who were on it.
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
  const [byDay, byFile] = await Promise.all([readDays(ctx, asked), readFiles(ctx, asked)]);
  const listed: Record<string, Map<string, string[]>> = { "schedule.read": byDay, "mailing.read": byFile };
  const reads = asked.map(({ seq, at, actor, action, entityId, details }): AuditRead => {
    const list = listed[action];
    const patients = list ? (list.get(entityId) ?? []) : whose(action, entityId, details);
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

type Event = { action: string; entityId: string };
type Listed = { entity: string; patient: string };

async function readDays(ctx: Context, events: Event[]): Promise<Map<string, string[]>> {
  const days = entitiesOf(events, "schedule.read");
  if (days.length === 0) return new Map();
  return byEntity(
    await ctx.db.all<Listed>(sql`SELECT DISTINCT local_on AS entity, patient_id AS patient
      FROM ${appointments} WHERE local_on ${inList(days)}`),
  );
}

async function readFiles(ctx: Context, events: Event[]): Promise<Map<string, string[]>> {
  const files = entitiesOf(events, "mailing.read");
  if (files.length === 0) return new Map();
  return byEntity(
    await ctx.db.all<Listed>(sql`SELECT export_files.id AS entity, patient_id AS patient FROM ${exportFiles}
      JOIN ${mediaBuyRecipients} ON media_buy_id = subject_id WHERE export_files.id ${inList(files)} AND role = 'mailed'`),
  );
}

function entitiesOf(events: Event[], action: string): string[] {
  return [...new Set(events.filter((event) => event.action === action).map(({ entityId }) => entityId))];
}

function byEntity(rows: Listed[]): Map<string, string[]> {
  const grouped = Map.groupBy(rows, ({ entity }) => entity);
  return new Map([...grouped].map(([entity, own]) => [entity, own.map(({ patient }) => patient)]));
}
