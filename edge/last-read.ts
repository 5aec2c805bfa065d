import { type SQL, sql } from "drizzle-orm";
import { imports } from "../db/schema/imports.ts";
import { snapshots } from "../db/schema/operations.ts";

/**
 * When a source was last read in whole (epoch ms), as a scalar query: a day of its schedule, or an import that was
 * applied. Null when it never was. Two steps into indexes, whatever the history.
 */
export function lastReadAt(source: string): SQL<number | null> {
  const day = sql`SELECT finished_at AS at FROM ${snapshots} WHERE finished_at IS NOT NULL AND source = ${source}
    AND status IN ('applied', 'released') ORDER BY finished_at DESC LIMIT 1`;
  const whole = sql`SELECT snapshot_at AS at FROM ${imports} WHERE source = ${source} AND status = 'applied'
    ORDER BY started_at DESC LIMIT 1`;
  return sql<number | null>`(SELECT max(at) FROM (SELECT at FROM (${day}) UNION ALL SELECT at FROM (${whole})))`;
}
