import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Keyed hashes of who was erased: of name and birth date, and of each source's own key. They say nothing of anybody, and
 * keep a source that still shows the person from bringing them back.
 */
export const erasedKeys = sqliteTable(
  "erased_keys",
  {
    /** As `patients.identity_key`: a blind index (label `identity`). */
    key: text().primaryKey(),
    erasureId: text("erasure_id").notNull(),
    at: integer().notNull(),
  },
  (table) => [index("erased_keys_erasure").on(table.erasureId)],
);
