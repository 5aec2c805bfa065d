import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** The way from a reminder to its visit, by SHA-256 of the link's token. One for each hand-over, made with it. */
export const visitLinks = sqliteTable(
  "visit_links",
  {
    tokenHash: text("token_hash").primaryKey(),
    touchId: text("touch_id").notNull(),
    appointmentId: text("appointment_id").notNull(),
    /** The start that the message told of (epoch ms): what a page may differ from by now. */
    startsAt: integer("starts_at").notNull(),
    /** The language of the message. */
    locale: text().notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("visit_links_expired").on(table.expiresAt)],
);

/** When somebody would rather come: closed choices, so that staff see at once what to offer. */
export const WISHES = ["soon", "morning", "afternoon", "any"] as const;
export type Wish = (typeof WISHES)[number];

/**
 * A patient asked for another time than `startsAt` of the visit. It waits for a call while the visit still stands at that
 * time; the same words again are one row, asked anew.
 */
export const visitRequests = sqliteTable(
  "visit_requests",
  {
    id: text().primaryKey(),
    appointmentId: text("appointment_id").notNull(),
    startsAt: integer("starts_at").notNull(),
    wish: text({ enum: WISHES }).notNull(),
    /** Seals what they wrote besides; null for nothing. */
    sealed: text(),
    /** Keyed hash of wish and words. */
    wordsKey: text("words_key").notNull(),
    at: integer().notNull(),
  },
  (table) => [
    uniqueIndex("visit_requests_once").on(table.appointmentId, table.startsAt, table.wordsKey),
    index("visit_requests_starts").on(table.startsAt, table.appointmentId),
  ],
);
