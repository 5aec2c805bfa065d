import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { type DatabaseLimits, type DatabaseOptions, type Row, rethrowNamed, type SycleDatabase } from "./database.ts";

/** A database that does not answer a goodbye in this time is hung up on: what was read is read. */
const GOODBYE_MS = 2_000;

/** PostgreSQL, with every value as the text that the server sent: a Date would lose the missing zone. */
export async function openPostgres(
  options: DatabaseOptions,
  { connectMs, queryMs }: DatabaseLimits,
): Promise<SycleDatabase> {
  const client = new pg.Client({
    ...options,
    connectionTimeoutMillis: connectMs,
    query_timeout: queryMs,
    types: { getTypeParser: () => (text: string) => text },
  });
  // A line that breaks between two statements is found by the next one.
  client.on("error", () => {});
  const close = async () => {
    await Promise.race([client.end().catch(() => {}), pause(GOODBYE_MS)]);
    client.connection.stream.destroy();
  };
  try {
    await client.connect();
    await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query("SET LOCAL TIME ZONE 'UTC'");
  } catch (error) {
    await close();
    throw error;
  }
  return {
    query: async (statement, values) => (await client.query<Row>(statement, values).catch(rethrowNamed)).rows,
    quote: (name) =>
      name
        .split(".")
        .map((part) => pg.escapeIdentifier(part))
        .join("."),
    placeholder: (n) => `$${n}`,
    close,
  };
}
