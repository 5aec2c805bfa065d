import { type SQL, sql } from "drizzle-orm";
import { inList } from "../db/bulk.ts";
import { erasedKeys } from "../db/schema/erased.ts";
import type { Context } from "./context.ts";

/** Of these keys, those of people who were erased, as a query. */
export function erasedAmong(keys: readonly string[]): SQL {
  return sql`SELECT key FROM ${erasedKeys} WHERE key ${inList(keys)}`;
}

/** The text whose blind index (label `identity`) is a source's own key of a person. */
export function ownIdentity(source: string, sourceId: string): string {
  return JSON.stringify([source, sourceId]);
}

/**
 * Of a source's keys of people, those of whom were erased: what belongs to these is not taken. Where nobody ever was,
 * it costs one look.
 */
export async function erasedOwners(ctx: Context, source: string, sourceIds: readonly string[]): Promise<Set<string>> {
  const [any] = await ctx.db.all(sql`SELECT 1 FROM ${erasedKeys} LIMIT 1`);
  if (!any) return new Set();
  const keyed = await Promise.all(
    [...new Set(sourceIds)].map(async (id) => ({
      id,
      key: await ctx.keys.blindIndex("identity", ownIdentity(source, id)),
    })),
  );
  const rows = await ctx.db.all<{ key: string }>(erasedAmong(keyed.map(({ key }) => key)));
  const erased = new Set(rows.map(({ key }) => key));
  return new Set(keyed.filter(({ key }) => erased.has(key)).map(({ id }) => id));
}
