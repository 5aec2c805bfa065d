import { sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Context } from "../context.ts";
import { HearbackError } from "../errors.ts";

/** After a press that changed nothing: somebody was quicker, unless there is no such row at all. Throws NOT_FOUND then. */
export async function refuseMissing(ctx: Context, table: SQLiteTable, id: string): Promise<void> {
  const known = await ctx.db.all(sql`SELECT 1 FROM ${table} WHERE id = ${id}`);
  if (known.length === 0) throw new HearbackError("NOT_FOUND", "There is no such thing here.");
}
