import { sql } from "drizzle-orm";
import type { Db } from "../db/connect.ts";
import { findTenant } from "../edge/directory.ts";
import { type Env, EnvSchema } from "../edge/env.ts";
import { SEALED_COLUMNS } from "../edge/operations/sealed-columns.ts";
import type { EdgeSettings } from "./sandbox/edge.ts";

/** Opens everything that is sealed at a clinic, with the keys it has now under these settings; throws where one does not. */
export async function openAllSealed(settings: EdgeSettings, { slug, db }: { slug: string; db: Db }): Promise<number> {
  const opened = await findTenant(EnvSchema.parse(settings) as Env, { slug }, { fresh: true });
  let count = 0;
  for (const { name, table, place, sealed } of SEALED_COLUMNS) {
    const rows = await db.all<{ row: string; sealed: string }>(
      sql`SELECT ${place} AS row, ${sealed} AS sealed FROM ${table} WHERE ${sealed} IS NOT NULL`,
    );
    for (const each of rows) await opened?.keys.open({ table: name, row: each.row }, each.sealed);
    count += rows.length;
  }
  return count;
}
