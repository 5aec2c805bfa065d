import { type SQL, sql } from "drizzle-orm";
import { alarms, audit, jobs, schedules } from "../../db/schema/operations.ts";
import { type AlarmCode, raiseAlarm } from "../alarms.ts";
import type { Context } from "../context.ts";
import { lastReadAt } from "../last-read.ts";
import type { Counts } from "../procedure.ts";
import { visitSource } from "../tenant-settings.ts";

const HOUR_MS = 3_600_000;
/** A container asks for work every few seconds; one that has not for this long is not there. */
const LATE_MS = HOUR_MS / 2;

type Silence = { readAt: number | null; lateSince: number | null };

/**
 * Raises what nobody would otherwise notice: a source that has not been read for the tenant's limit of hours, and work
 * that no container fetches or finishes. Each once until it is acknowledged.
 */
export async function watchSources(ctx: Context): Promise<Counts> {
  const source = visitSource(ctx.tenant.settings);
  const { silentAfterHours } = ctx.tenant.settings.schedule;
  const { readAt, lateSince } = await readSilence(ctx);
  const now = ctx.now();
  const found: [AlarmCode, string, Record<string, number>][] = [];
  if (readAt !== null && now - readAt >= silentAfterHours * HOUR_MS) {
    found.push(["nothing_happened", source, { hours: Math.floor((now - readAt) / HOUR_MS) }]);
  }
  if (lateSince !== null && now - lateSince >= LATE_MS) {
    found.push(["run_late", "scrape", { minutes: Math.floor((now - lateSince) / 60_000) }]);
  }
  let raised = 0;
  for (const [code, subject, detail] of found) raised += await raiseOnce(ctx, code, subject, detail);
  return { raised };
}

/** When the source was last read (or the tenant began), if it is to be read at all; since when the oldest job waits. */
async function readSilence(ctx: Context): Promise<Silence> {
  const lastRead = lastReadAt(visitSource(ctx.tenant.settings));
  const began = sql`SELECT at FROM ${audit} WHERE seq = (SELECT min(seq) FROM ${audit})`;
  const [row] = await ctx.db.all<Silence>(sql`SELECT
    iif(EXISTS (SELECT 1 FROM ${schedules} WHERE is_active = 1 AND kind IN ('scrape', 'import')), coalesce(${lastRead}, (${began})), NULL) AS readAt,
    (SELECT min(max(run_after_at, coalesce(lease_until, 0))) FROM ${jobs} WHERE status IN ('waiting', 'leased')) AS lateSince`);
  return row ?? { readAt: null, lateSince: null };
}

async function raiseOnce(ctx: Context, code: AlarmCode, subject: string, detail: Record<string, number>) {
  const open: SQL = sql`SELECT 1 FROM ${alarms} WHERE code = ${code} AND subject = ${subject} AND acknowledged_at IS NULL`;
  if ((await ctx.db.all(open)).length > 0) return 0;
  await ctx.db.run(raiseAlarm(ctx, code, subject, detail));
  return 1;
}
