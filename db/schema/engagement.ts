import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { CATEGORIES } from "./nudges.ts";

/** A touch's life. `planned` with a `dueAt` in the past is what people call due. */
export const TOUCH_STATUSES = [
  "planned",
  "claimed",
  "sending",
  "accepted",
  "sent",
  "delivered",
  "undelivered",
  "failed",
  "skipped",
  "cancelled",
  "expired",
  "unknown",
  "parked",
] as const;
export type TouchStatus = (typeof TOUCH_STATUSES)[number];

/**
 * A step's message that ended because it could not reach the person, and for which nobody has looked yet whether another
 * step is said in its place. The condition of an index, word for word: SQLite uses it only where it finds this.
 */
export const UNREACHED = `step_id IS NOT NULL AND stand_in_at IS NULL
  AND (status IN ('failed', 'undelivered', 'skipped', 'expired') AND reason IN ('no_phone', 'invalid_phone', 'landline',
  'unreachable', 'handset_off', 'bounced_for_now', 'blocked', 'no_mail_address', 'invalid_address', 'provider_down', 'no_address',
  'address_incomplete', 'address_not_found', 'address_not_deliverable', 'address_vacant', 'unit_missing', 'letter_returned')
  OR channel = 'print' AND status = 'cancelled' AND reason = 'mailing_cancelled')`;

/** The one outbox: every message of every kind, one row per intended message to one person about one subject. */
export const touches = sqliteTable(
  "touches",
  {
    id: text().primaryKey(),
    /** Says what the message is about; the same thing planned twice is one row. */
    dedupeKey: text("dedupe_key").notNull().unique(),
    kind: text().notNull(),
    patientId: text("patient_id").notNull(),
    appointmentId: text("appointment_id"),
    inviteId: text("invite_id"),
    purchaseId: text("purchase_id"),
    /** The nudge and step that want it; null for surveys, which the clinic's settings want. */
    nudgeId: text("nudge_id"),
    stepId: text("step_id"),
    /** The touch that could not reach the person, in whose place this one is said. */
    standsInFor: text("stands_in_for"),
    /** When it was decided whether another step is said in its place. */
    standInAt: integer("stand_in_at"),
    mediaBuyId: text("media_buy_id"),
    officeId: text("office_id").notNull(),
    channel: text({ enum: ["sms", "mail", "print"] }).notNull(),
    templateKey: text("template_key").notNull(),
    templateVersion: integer("template_version").notNull(),
    status: text({ enum: TOUCH_STATUSES }).notNull().default("planned"),
    /** The gate's reason code: why it ended, waits or was put off. */
    reason: text(),
    dueAt: integer("due_at").notNull(),
    /** The instant that the message is about: of the visit, the purchase, or entering the audience. */
    anchorAt: integer("anchor_at"),
    /** After this the message is no longer worth saying. */
    notAfterAt: integer("not_after_at").notNull(),
    /** Blind index of the address it went to, the local day it went on, and as what: what a number gets is counted by them. */
    addressKey: text("address_key"),
    sentOn: text("sent_on"),
    countsAs: text("counts_as", { enum: CATEGORIES }),
    leaseOwner: text("lease_owner"),
    leaseUntil: integer("lease_until"),
    /** When the reconciler looks at it again. */
    checkAt: integer("check_at"),
    attemptCount: integer("attempt_count").notNull().default(0),
    /** What it is expected to cost, and what it did, in millionths of the clinic's currency. */
    estimateMicros: integer("estimate_micros"),
    costMicros: integer("cost_micros"),
    /** The clinic-local month (`YYYY-MM`) whose budget it is counted in: of its due time, then of its hand-over. */
    budgetMonth: text("budget_month"),
    emptyChecks: integer("empty_checks").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("touches_due").on(table.dueAt).where(sql`status = 'planned'`),
    index("touches_due_of_channel").on(table.channel, table.dueAt).where(sql`status = 'planned'`),
    index("touches_leased").on(table.leaseUntil).where(sql`status in ('claimed', 'sending')`),
    index("touches_to_check").on(table.checkAt).where(sql`check_at is not null`),
    index("touches_patient").on(table.patientId, table.createdAt),
    index("touches_waiting").on(table.patientId, table.dueAt).where(sql`status = 'planned'`),
    index("touches_appointment").on(table.appointmentId),
    index("touches_invite").on(table.inviteId),
    index("touches_address_day").on(table.addressKey, table.sentOn),
    index("touches_updated").on(table.updatedAt),
    index("touches_nudge").on(table.nudgeId, table.createdAt).where(sql`nudge_id is not null`),
    // Holds all that a month's sum needs, so that it reads no row.
    index("touches_budget")
      .on(table.nudgeId, table.budgetMonth, table.status, table.estimateMicros, table.costMicros)
      .where(sql`nudge_id is not null and budget_month is not null`),
    index("touches_media_buy").on(table.mediaBuyId).where(sql`media_buy_id is not null`),
    index("touches_unreached").on(table.updatedAt).where(sql.raw(UNREACHED)),
    index("touches_parked").on(table.updatedAt).where(sql`status = 'parked'`),
  ],
);

/** One hand-over of a touch to a provider. Committed before the provider is called. */
export const attempts = sqliteTable(
  "attempts",
  {
    id: text().primaryKey(),
    touchId: text("touch_id").notNull(),
    number: integer().notNull(),
    provider: text().notNull(),
    startedAt: integer("started_at").notNull(),
    finishedAt: integer("finished_at"),
    outcome: text({ enum: ["started", "accepted", "refused", "throttled", "not_sent", "unknown"] })
      .notNull()
      .default("started"),
    httpStatus: integer("http_status"),
    errorCode: text("error_code"),
    providerId: text("provider_id").unique(),
    /** Keyed hash of number and text: finds the message in the provider's list without keeping either. */
    bodyKey: text("body_key").notNull(),
    segments: integer().notNull(),
    /** Why a second hand-over was made, where one was. */
    resendReason: text("resend_reason"),
    /** What the provider charged for it, in millionths of that currency; it may come long after the message. */
    priceMicros: integer("price_micros"),
    priceCurrency: text("price_currency"),
    /** When the provider is asked for the price; null when it is known, or not asked for any more. */
    priceCheckAt: integer("price_check_at"),
  },
  (table) => [
    uniqueIndex("attempts_touch").on(table.touchId, table.number),
    index("attempts_to_price").on(table.priceCheckAt).where(sql`price_check_at is not null`),
    index("attempts_started").on(table.startedAt),
  ],
);

/** A number that must not be written to. Ended by START, never deleted. */
export const optOuts = sqliteTable(
  "opt_outs",
  {
    id: text().primaryKey(),
    addressKey: text("address_key").notNull(),
    channel: text({ enum: ["sms", "mail", "print"] }).notNull(),
    /** `all`, or one purpose: care, marketing, or one kind of touch. */
    purpose: text().notNull().default("all"),
    /** keyword, free_text, carrier, link or staff. */
    source: text().notNull(),
    /** Seals what the person wrote, where they wrote something. */
    evidence: text(),
    at: integer().notNull(),
    endedAt: integer("ended_at"),
    endedBy: text("ended_by"),
  },
  (table) => [
    uniqueIndex("opt_outs_live").on(table.addressKey, table.channel, table.purpose).where(sql`ended_at is null`),
    index("opt_outs_at").on(table.at),
  ],
);

/** The way out of a mail: by SHA-256 of the link's token, whom it stops mail to. Works as long as the mail is kept. */
export const unsubscribeLinks = sqliteTable("unsubscribe_links", {
  tokenHash: text("token_hash").primaryKey(),
  addressKey: text("address_key").notNull(),
  touchId: text("touch_id").notNull(),
  createdAt: integer("created_at").notNull(),
});

/** Immutable wordings; a changed text is a new version. */
export const messageTemplates = sqliteTable(
  "message_templates",
  {
    key: text().notNull(),
    version: integer().notNull(),
    locale: text().notNull(),
    channel: text({ enum: ["sms", "mail", "print"] })
      .notNull()
      .default("sms"),
    /** What it may be used for; a nudge takes only wordings of its own category. */
    category: text({ enum: CATEGORIES }).notNull().default("care"),
    subject: text(),
    body: text().notNull(),
    bodyHtml: text("body_html"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.version, table.locale] })],
);

/** A hand on the brake: everything of the tenant (`kind` null) or one kind of touch, until lifted. */
export const pauses = sqliteTable("pauses", {
  id: text().primaryKey(),
  kind: text(),
  reason: text().notNull(),
  by: text().notNull(),
  createdAt: integer("created_at").notNull(),
  liftedAt: integer("lifted_at"),
  liftedBy: text("lifted_by"),
});
