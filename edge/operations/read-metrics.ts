import { sql } from "drizzle-orm";
import { tenants } from "../../db/schema/directory.ts";
import { database, directoryOf } from "../directory.ts";
import type { Env } from "../env.ts";
import { lastReadAt } from "../last-read.ts";
import { spoolDepth } from "../responses/survey/hold-answers.ts";
import { TenantSettings, visitSource } from "../tenant-settings.ts";

/** Of one tenant; null where there is nothing to measure, or its store or settings cannot be read (`up` is 0). */
export type TenantMetrics = {
  tenant: string;
  up: 0 | 1;
  due: number | null;
  oldestDueAt: number | null;
  parked: number | null;
  unknown: number | null;
  dataReadAt: number | null;
  alarms: number | null;
  jobs: number | null;
  attempts: number | null;
  auditEvents: number | null;
};

export type Metrics = { now: number; spool: number | null; clockLagMs: number; tenants: TenantMetrics[] };

/** Tenants asked at once: a Worker may hold six connections open. */
const AT_ONCE = 5;

/** What can be had by a step or two into an index; nothing here grows with history. Throws when the directory is down. */
export async function readMetrics(env: Env, now: number): Promise<Metrics> {
  const rows = await directoryOf(env).select().from(tenants);
  const active = rows.filter((row) => row.status === "active");
  const measured: TenantMetrics[] = [];
  for (let start = 0; start < rows.length; start += AT_ONCE) {
    measured.push(...(await Promise.all(rows.slice(start, start + AT_ONCE).map((row) => measure(env, row, now)))));
  }
  const oldestDue = Math.min(now, ...active.map(({ nextDueAt }) => nextDueAt || now));
  const spool = await spoolDepth(env).catch(() => null);
  return { now, spool, clockLagMs: now - oldestDue, tenants: measured };
}

async function measure(env: Env, row: typeof tenants.$inferSelect, now: number): Promise<TenantMetrics> {
  const nothing = { due: null, oldestDueAt: null, parked: null, unknown: null, dataReadAt: null, alarms: null };
  try {
    const source = visitSource(TenantSettings.parse(JSON.parse(row.settings)));
    const [found] = await database(env, row.database).all<Omit<TenantMetrics, "tenant" | "up">>(sql`SELECT
      (SELECT count(*) FROM touches WHERE status = 'planned' AND due_at <= ${now}) AS due,
      (SELECT min(due_at) FROM touches WHERE status = 'planned' AND due_at <= ${now}) AS oldestDueAt,
      (SELECT count(*) FROM touches WHERE status = 'parked') AS parked,
      (SELECT count(*) FROM touches WHERE check_at IS NOT NULL AND status = 'unknown') AS unknown,
      ${lastReadAt(source)} AS dataReadAt,
      (SELECT count(*) FROM alarms WHERE acknowledged_at IS NULL) AS alarms,
      (SELECT count(*) FROM jobs WHERE status IN ('waiting', 'leased')) AS jobs,
      coalesce((SELECT max(rowid) FROM attempts), 0) AS attempts,
      (SELECT max(seq) FROM audit) AS auditEvents`);
    if (found) return { tenant: row.slug, up: 1, ...found };
  } catch {
    // One tenant's store that does not answer, or settings that are not read, must not hide the others.
  }
  return { tenant: row.slug, up: 0, ...nothing, jobs: null, attempts: null, auditEvents: null };
}
