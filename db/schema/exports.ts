import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** A file that was made of rows, once, for somebody outside. What is in it lies sealed in `export_parts`. */
export const exportFiles = sqliteTable(
  "export_files",
  {
    id: text().primaryKey(),
    /** Which declared table of columns it is, such as `mailing`. */
    kind: text().notNull(),
    /** What it was made of: for a mailing its media buy. */
    subjectId: text("subject_id").notNull(),
    name: text().notNull(),
    rowCount: integer("row_count").notNull(),
    byteCount: integer("byte_count").notNull(),
    /** Of the file's bytes, hex. */
    sha256: text().notNull(),
    partCount: integer("part_count").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("export_files_subject").on(table.kind, table.subjectId),
    index("export_files_created").on(table.createdAt),
  ],
);

/** A file's bytes, sealed in parts of some hundred rows; part by part they are the file. */
export const exportParts = sqliteTable(
  "export_parts",
  {
    id: text().primaryKey(),
    fileId: text("file_id").notNull(),
    part: integer().notNull(),
    sealed: text().notNull(),
  },
  (table) => [uniqueIndex("export_parts_order").on(table.fileId, table.part)],
);

/**
 * `waiting` to be taken there; `renaming`: all bytes are there under a temporary name, and may by now bear the real one;
 * `arrived`: seen there, whole; `in_doubt`: it may have been fetched by its receiver, so it is never simply sent again.
 */
const DELIVERY_STATUSES = ["waiting", "renaming", "arrived", "in_doubt", "failed", "cancelled"] as const;

/** The way of one file to one receiver. Accepted is not arrived: `arrived` needs the receiver's own list to show it. */
export const deliveries = sqliteTable(
  "deliveries",
  {
    id: text().primaryKey(),
    fileId: text("file_id").notNull(),
    /** Whom to: `print_vendor`. */
    target: text().notNull(),
    status: text({ enum: DELIVERY_STATUSES }).notNull().default("waiting"),
    /** How often it was tried. */
    attempts: integer().notNull().default(0),
    errorCode: text("error_code"),
    /** What the receiver's side shows: size, and the SHA-256 of what was read back where it may be read. */
    remoteBytes: integer("remote_bytes"),
    remoteSha256: text("remote_sha256"),
    arrivedAt: integer("arrived_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    uniqueIndex("deliveries_once").on(table.fileId, table.target),
    index("deliveries_open").on(table.updatedAt).where(sql`status in ('waiting', 'renaming')`),
  ],
);
