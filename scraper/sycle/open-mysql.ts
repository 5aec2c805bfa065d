import { createConnection, escapeId, type RowDataPacket } from "mysql2/promise";
import { type DatabaseLimits, type DatabaseOptions, rethrowNamed, type SycleDatabase } from "./database.ts";

/** MySQL and MariaDB, with times and large numbers as text. */
export async function openMysql(
  options: DatabaseOptions,
  { connectMs, queryMs, isUtc }: DatabaseLimits,
): Promise<SycleDatabase> {
  const connection = await createConnection({
    ...options,
    connectTimeout: connectMs,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    multipleStatements: false,
    charset: "utf8mb4",
  });
  // A line that breaks between two statements is found by the next one.
  connection.on("error", () => {});
  const query = async (sql: string, values: unknown[] = []) =>
    (await connection.query<RowDataPacket[]>({ sql, values, timeout: queryMs }))[0];
  // There is nothing to commit, and a goodbye would wait behind a statement that hangs.
  const close = async () => connection.destroy();
  try {
    // MySQL shows its TIMESTAMPs by the session's clock; where times are local ones, the server's is the clinic's.
    if (isUtc) await query("SET SESSION time_zone = '+00:00'");
    await query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    await query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  } catch (error) {
    await close();
    throw error;
  }
  return {
    query: (statement, values) => query(statement, values).catch(rethrowNamed),
    quote: (name) => escapeId(name),
    placeholder: () => "?",
    close,
  };
}
