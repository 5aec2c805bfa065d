import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** A row of ours by the name another system has for it. */
export const externalRefs = sqliteTable(
  "external_refs",
  {
    system: text().notNull(),
    entity: text({ enum: ["patient", "appointment", "product", "purchase", "office"] }).notNull(),
    value: text().notNull(),
    entityId: text("entity_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.system, table.entity, table.value] }),
    index("external_refs_entity").on(table.entityId),
  ],
);

export const products = sqliteTable("products", {
  id: text().primaryKey(),
  source: text().notNull(),
  sku: text(),
  name: text().notNull(),
  category: text(),
  listPriceMicros: integer("list_price_micros"),
  contentKey: text("content_key").notNull(),
  lastRunId: text("last_run_id").notNull(),
  removedAt: integer("removed_at"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** One line of an order. Amounts are micros, negative for a return. */
export const purchases = sqliteTable(
  "purchases",
  {
    id: text().primaryKey(),
    source: text().notNull(),
    patientId: text("patient_id").notNull(),
    officeId: text("office_id").notNull(),
    productId: text("product_id"),
    category: text(),
    appointmentId: text("appointment_id"),
    linkMethod: text("link_method", { enum: ["source", "same_day", "window", "none"] }).notNull(),
    quantity: integer().notNull(),
    amountMicros: integer("amount_micros").notNull(),
    currency: text().notNull(),
    purchasedAt: integer("purchased_at").notNull(),
    status: text({ enum: ["sold", "returned", "exchanged", "void"] }).notNull(),
    warrantyEndOn: text("warranty_end_on"),
    contentKey: text("content_key").notNull(),
    lastRunId: text("last_run_id").notNull(),
    removedAt: integer("removed_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("purchases_patient").on(table.patientId, table.purchasedAt),
    index("purchases_appointment").on(table.appointmentId),
    index("purchases_at").on(table.purchasedAt),
  ],
);

/** Where a person gets post. Raw and standardised address are sealed; what may be mailed is clear. */
export const addresses = sqliteTable(
  "addresses",
  {
    patientId: text("patient_id").primaryKey(),
    /** Seals street, unit, city, state and ZIP as the source gave them. */
    sealed: text().notNull(),
    /** Keyed hash of the raw address: standardised again only when this changes. */
    inputKey: text("input_key").notNull(),
    /** Seals the standardised address. */
    standardSealed: text("standard_sealed"),
    standardInputKey: text("standard_input_key"),
    standardSource: text("standard_source", { enum: ["local", "cass"] }),
    standardAt: integer("standard_at"),
    /** Delivery point validation: Y, S, D, N or R; null when nobody looked. */
    dpv: text(),
    isVacant: integer("is_vacant"),
    /** Blind index of the standardised address: one piece a household. */
    householdKey: text("household_key"),
    /** The `inputKey` of the address from which a letter came back; nothing is posted there until it is another one. */
    returnedInputKey: text("returned_input_key"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("addresses_to_standardise").on(table.updatedAt).where(sql`standard_input_key is not input_key`),
    index("addresses_to_validate").on(table.patientId).where(sql`standard_source = 'local'`),
    index("addresses_household").on(table.householdKey),
  ],
);

/** One reading of a source: staged, then applied whole or held. `id` is the run's own. */
export const imports = sqliteTable(
  "imports",
  {
    id: text().primaryKey(),
    source: text().notNull(),
    jobId: text("job_id"),
    status: text({ enum: ["staging", "staged", "applied", "held", "dropped", "failed", "superseded"] }).notNull(),
    /** JSON: which entities were read, over which span of time; removals are looked for in there only. */
    scope: text().notNull(),
    isComplete: integer("is_complete").notNull().default(0),
    /** When the source was read, as the container saw it; a snapshot older than the last applied one is superseded. */
    snapshotAt: integer("snapshot_at").notNull(),
    nextSequence: integer("next_sequence").notNull().default(0),
    digest: text().notNull().default(""),
    /** JSON: per entity staged, created, updated, removed, restored, unchanged, rejected. */
    counts: text().notNull().default("{}"),
    errorCode: text("error_code"),
    startedAt: integer("started_at").notNull(),
    finishedAt: integer("finished_at"),
    decidedBy: text("decided_by"),
  },
  (table) => [
    index("imports_source").on(table.source, table.startedAt),
    index("imports_started").on(table.startedAt),
    index("imports_open").on(table.source, table.snapshotAt).where(sql`status in ('staged', 'held')`),
  ],
);

/** Chunks that were taken, so that one pushed again is known as such. */
export const importChunks = sqliteTable(
  "import_chunks",
  {
    importId: text("import_id").notNull(),
    sequence: integer().notNull(),
    /** Keyed hash of the body: tells a repeat from a contradiction. */
    bodyKey: text("body_key").notNull(),
    /** JSON: what was answered. */
    reply: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.importId, table.sequence] })],
);

/**
 * Rows of an import before they are applied: sealed and indexed as the core tables keep them, in `row` (JSON). A row
 * whose content the core already has is staged without it: that it was seen is all that there is to say.
 */
export const stagedRows = sqliteTable(
  "staged_rows",
  {
    importId: text("import_id").notNull(),
    entity: text({ enum: ["patient", "appointment", "product", "purchase"] }).notNull(),
    sourceId: text("source_id").notNull(),
    contentKey: text("content_key").notNull(),
    row: text(),
    rejectReason: text("reject_reason"),
  },
  (table) => [primaryKey({ columns: [table.importId, table.entity, table.sourceId] })],
);
