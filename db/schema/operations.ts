import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Every message from outside, kept sealed before anything is made of it; can be replayed. */
export const inboundMessages = sqliteTable(
  "inbound_messages",
  {
    id: text().primaryKey(),
    source: text().notNull(),
    dedupeKey: text("dedupe_key").notNull(),
    /** Keyed hash of the body: tells a repeat from a contradiction. */
    bodyKey: text("body_key").notNull(),
    /** Empty when the content is past its time, or was erased, and the row stays so that a repeat is known as one. */
    sealed: text().notNull(),
    /** Of a patient's text: blind index of the number that it came from; empty where that is no number. */
    addressKey: text("address_key"),
    status: text({ enum: ["received", "processed", "rejected"] }).notNull(),
    /** JSON: what was answered, so that a repeat gets the same. */
    reply: text(),
    error: text(),
    receivedAt: integer("received_at").notNull(),
  },
  (table) => [
    uniqueIndex("inbound_messages_once").on(table.source, table.dedupeKey),
    index("inbound_messages_received").on(table.receivedAt),
    index("inbound_messages_address").on(table.addressKey, table.receivedAt).where(sql`address_key is not null`),
    index("inbound_messages_full").on(table.receivedAt).where(sql`sealed <> ''`),
  ],
);

/** One reading of one day at the source, in chunks. Removals wait for `applied`. */
export const snapshots = sqliteTable(
  "snapshots",
  {
    id: text().primaryKey(),
    source: text().notNull(),
    runId: text("run_id").notNull(),
    onDay: text("on_day").notNull(),
    status: text({ enum: ["open", "applied", "held", "released", "dropped"] }).notNull(),
    nextSequence: integer("next_sequence").notNull(),
    digest: text().notNull(),
    rowCount: integer("row_count").notNull(),
    layout: text(),
    /** JSON: created, updated, unchanged, rejected, removed, rowErrors, duplicates. */
    counts: text().notNull().default("{}"),
    startedAt: integer("started_at").notNull(),
    finishedAt: integer("finished_at"),
  },
  (table) => [
    uniqueIndex("snapshots_once").on(table.source, table.runId, table.onDay),
    index("snapshots_day").on(table.source, table.onDay, table.finishedAt),
    index("snapshots_finished").on(table.finishedAt),
  ],
);

/** Work for the container: leased, not pushed. */
export const jobs = sqliteTable(
  "jobs",
  {
    id: text().primaryKey(),
    kind: text().notNull(),
    dedupeKey: text("dedupe_key").notNull().unique(),
    runId: text("run_id").notNull(),
    arguments: text().notNull(),
    status: text({ enum: ["waiting", "leased", "succeeded", "partly", "failed"] }).notNull(),
    runAfterAt: integer("run_after_at").notNull(),
    leaseToken: text("lease_token"),
    leaseOwner: text("lease_owner"),
    leaseUntil: integer("lease_until"),
    attempts: integer().notNull().default(0),
    counts: text(),
    errorCode: text("error_code"),
    createdAt: integer("created_at").notNull(),
    finishedAt: integer("finished_at"),
    /** Whose slot it is; null when a person or the container asked for it. */
    scheduleId: text("schedule_id"),
  },
  (table) => [
    index("jobs_open").on(table.kind, table.runAfterAt).where(sql`status in ('waiting', 'leased')`),
    index("jobs_created").on(table.createdAt),
  ],
);

/** When something is started, by the clock of a zone. */
export const schedules = sqliteTable("schedules", {
  id: text().primaryKey(),
  kind: text().notNull(),
  /** JSON array of local `HH:MM`. */
  localTimes: text("local_times").notNull(),
  timeZone: text("time_zone").notNull(),
  /** JSON: the kind's own settings, such as `daysBack`. */
  arguments: text().notNull().default("{}"),
  /** Instead of local times: every so many minutes, from `windowOpens` up to, not at, `windowCloses`, on these days. */
  everyMinutes: integer("every_minutes"),
  windowOpens: text("window_opens"),
  windowCloses: text("window_closes"),
  /** JSON array of ISO weekdays, 1 = Monday; null for every day. */
  weekdays: text(),
  /** The kind of schedule whose run must have succeeded first, and be fresh enough. */
  dependsOn: text("depends_on"),
  timeoutSeconds: integer("timeout_seconds"),
  nextRunAt: integer("next_run_at").notNull(),
  /** The first slot that has come and still waits for what it depends on; null when none does. */
  waitingSlotAt: integer("waiting_slot_at"),
  /** Hours without a success after which somebody is told. */
  silentAfterHours: integer("silent_after_hours").notNull(),
  isActive: integer("is_active").notNull().default(1),
});

/** One execution of a procedure: what it was asked, what came of it. */
export const runs = sqliteTable(
  "runs",
  {
    id: text().primaryKey(),
    procedureId: text("procedure_id").notNull(),
    parentRunId: text("parent_run_id"),
    /** Of a slot also: `timeout`, `skipped` because the run before it goes on, `held` because its data are too old. */
    status: text({ enum: ["started", "succeeded", "partly", "failed", "timeout", "skipped", "held"] }).notNull(),
    arguments: text().notNull().default("{}"),
    counts: text().notNull().default("{}"),
    error: text(),
    /** Whose slot it is; null for what no schedule started. */
    scheduleId: text("schedule_id"),
    dueAt: integer("due_at"),
    startedAt: integer("started_at").notNull(),
    finishedAt: integer("finished_at"),
  },
  (table) => [
    index("runs_procedure").on(table.procedureId, table.startedAt),
    index("runs_started").on(table.startedAt),
    index("runs_open").on(table.startedAt).where(sql`status = 'started'`),
    index("runs_schedule").on(table.scheduleId, table.startedAt).where(sql`schedule_id is not null`),
  ],
);

/** Something a person should look at; open until acknowledged. */
export const alarms = sqliteTable(
  "alarms",
  {
    id: text().primaryKey(),
    code: text().notNull(),
    /** One open alarm per code and subject; repeats raise `seenCount`. */
    subject: text().notNull(),
    detail: text().notNull(),
    raisedAt: integer("raised_at").notNull(),
    lastSeenAt: integer("last_seen_at").notNull(),
    seenCount: integer("seen_count").notNull().default(1),
    /** When it was last told by webhook, and by mail. */
    postedAt: integer("posted_at"),
    mailedAt: integer("mailed_at"),
    acknowledgedAt: integer("acknowledged_at"),
    acknowledgedBy: text("acknowledged_by"),
  },
  (table) => [
    uniqueIndex("alarms_open").on(table.code, table.subject).where(sql`acknowledged_at is null`),
    index("alarms_raised").on(table.raisedAt),
  ],
);

/** Append-only (triggers refuse change): one event per state change, in the batch of the change. */
export const audit = sqliteTable(
  "audit",
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    actor: text().notNull(),
    action: text().notNull(),
    entityId: text("entity_id").notNull(),
    /** JSON without identifying values. */
    details: text().notNull().default("{}"),
    requestId: text("request_id").notNull(),
  },
  (table) => [index("audit_entity").on(table.entityId, table.seq)],
);

/** The chain over the audit, written by the minute job: a changed row breaks every hash after it. */
export const auditChain = sqliteTable("audit_chain", {
  seq: integer().primaryKey(),
  hash: text().notNull(),
});

/** Ids of signed requests seen in the last day, so that a replay is known as one. */
export const usedRequestIds = sqliteTable(
  "used_request_ids",
  {
    keyId: text("key_id").notNull(),
    requestId: text("request_id").notNull(),
    bodyHash: text("body_hash").notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.keyId, table.requestId] }), index("used_request_ids_at").on(table.at)],
);
