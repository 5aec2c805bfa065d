import { ImportFailure, type ImportFailureCode } from "../imports/failure.ts";

export type Row = Record<string, unknown>;

/**
 * A clinic's database inside one read-only transaction that sees one moment. Values come as text or numbers, times as
 * they are stored; a failure is an `ImportFailure`.
 */
export type SycleDatabase = {
  /** Rows of one statement; values go beside it, in the order of their placeholders. */
  query(statement: string, values: unknown[]): Promise<Row[]>;
  quote(name: string): string;
  /** For the n-th value, from 1. */
  placeholder(n: number): string;
  close(): Promise<void>;
};

/** Time for dialling and for one statement; `isUtc` when times without an offset are kept in UTC. */
export type DatabaseLimits = { connectMs: number; queryMs: number; isUtc?: boolean };

export type DatabaseOptions = {
  host: string;
  port?: number;
  user: string;
  password: string;
  database: string;
  ssl?: { rejectUnauthorized: boolean };
};

/** What drivers call what may happen: SQLSTATE of PostgreSQL, names of MySQL, codes of Node. */
const MEANING: Record<string, ImportFailureCode> = {
  "28P01": "login",
  "28000": "login",
  "3D000": "login",
  "42501": "login",
  ER_ACCESS_DENIED_ERROR: "login",
  ER_DBACCESS_DENIED_ERROR: "login",
  ER_BAD_DB_ERROR: "login",
  ER_TABLEACCESS_DENIED_ERROR: "login",
  "42P01": "bad_mapping",
  "42703": "bad_mapping",
  "42883": "bad_mapping",
  "22P02": "bad_mapping",
  ER_NO_SUCH_TABLE: "bad_mapping",
  ER_BAD_FIELD_ERROR: "bad_mapping",
  "57014": "timeout",
  PROTOCOL_SEQUENCE_TIMEOUT: "timeout",
  ETIMEDOUT: "timeout",
};

/** A driver's error by its meaning: its message may quote a row. */
export function rethrowNamed(error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const saysTimeout = error instanceof Error && /timeout/i.test(error.message);
  throw new ImportFailure(MEANING[code] ?? (saysTimeout ? "timeout" : "unavailable"));
}
