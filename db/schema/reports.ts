import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** What a carrier reported, each report once. */
export const deliveryEvents = sqliteTable(
  "delivery_events",
  {
    id: text().primaryKey(),
    provider: text().notNull(),
    providerId: text("provider_id").notNull(),
    status: text().notNull(),
    touchId: text("touch_id"),
    errorCode: text("error_code"),
    receivedAt: integer("received_at").notNull(),
  },
  (table) => [
    uniqueIndex("delivery_events_once").on(table.provider, table.providerId, table.status),
    index("delivery_events_touch").on(table.touchId),
    index("delivery_events_received").on(table.receivedAt),
  ],
);
