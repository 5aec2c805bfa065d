import { sql } from "drizzle-orm";
import type { Db } from "./connect.ts";
import type { Migration } from "./migrations.ts";

/**
 * Brings one database up to date and returns the names that were applied. Each migration is one batch with the row
 * that records it, so it happens whole or not at all; running twice, or two at once, changes nothing more.
 */
export async function migrate(db: Db, migrations: Migration[]): Promise<string[]> {
  await db.run(sql`CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT`);
  const rows = await db.all<{ name: string }>(sql`SELECT name FROM migrations`);
  const done = new Set(rows.map((row) => row.name));
  const applied: string[] = [];
  for (const migration of migrations) {
    if (done.has(migration.name)) continue;
    await apply(db, migration);
    applied.push(migration.name);
  }
  return applied;
}

async function apply(db: Db, migration: Migration): Promise<void> {
  const statements = migration.sql.split("--> statement-breakpoint").map((statement) => statement.trim());
  const record = db.run(
    sql`INSERT INTO migrations (name, applied_at) VALUES (${migration.name}, unixepoch('subsec') * 1000)`,
  );
  try {
    // The record comes first: where another worker is ahead, its unique name stops the whole batch.
    await db.batch([record, ...statements.filter(Boolean).map((statement) => db.run(sql.raw(statement)))]);
  } catch (error) {
    const rows = await db.all(sql`SELECT 1 FROM migrations WHERE name = ${migration.name}`);
    if (rows.length === 0) throw error;
  }
}
