import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** What a message is for, in the law's sense: only `marketing` needs consent of its own and obeys its own caps. */
export const CATEGORIES = ["transactional", "care", "marketing"] as const;
export type Category = (typeof CATEGORIES)[number];

/** Who is written to and why: an audience with its settings, and the steps that follow from it. */
export const nudges = sqliteTable("nudges", {
  id: text().primaryKey(),
  code: text().notNull().unique(),
  name: text().notNull(),
  category: text({ enum: CATEGORIES }).notNull(),
  /** A kind that the code knows; never a query. */
  audienceKind: text("audience_kind").notNull(),
  /** JSON of the kind's own settings, checked by its schema. */
  audience: text().notNull(),
  status: text({ enum: ["draft", "waiting", "active", "paused", "archived"] }).notNull(),
  pausedReason: text("paused_reason"),
  /** Local days, inclusive; null for open. */
  activeFromOn: text("active_from_on"),
  activeToOn: text("active_to_on"),
  /** Where two nudges would write to one person on one day, the higher goes first. */
  priority: integer().notNull().default(0),
  /** Percent of people who are left out, so that the effect can be seen. */
  holdoutPercent: integer("holdout_percent").notNull().default(0),
  /** A run that would plan more than this stops and says so. */
  maxAudience: integer("max_audience").notNull().default(10_000),
  /** Micros of the clinic's currency a calendar month; planning stops there. Null for none. */
  monthlyBudgetMicros: integer("monthly_budget_micros"),
  /** JSON `{ micros, by }`: a higher budget (null for none) that waits for a second person's yes. */
  budgetRaise: text("budget_raise"),
  /** Month and share (`2027-03 80`) of which somebody was told: once for each. */
  budgetTold: text("budget_told"),
  createdBy: text("created_by").notNull(),
  /** Plans nothing before this (epoch ms): time to take back a nudge that writes to many at once. Null for at once. */
  startsAt: integer("starts_at"),
  /** Who said yes: a second person for marketing and for large audiences. */
  approvedBy: text("approved_by"),
  /** Raised by each change, so that two editors do not overwrite each other. */
  version: integer().notNull().default(1),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** One message of a nudge: on which channel, when, in which words. */
export const steps = sqliteTable(
  "steps",
  {
    id: text().primaryKey(),
    nudgeId: text("nudge_id").notNull(),
    seq: integer().notNull(),
    channel: text({ enum: ["sms", "mail", "print"] }).notNull(),
    anchor: text({ enum: ["appointment_start", "appointment_end", "purchase", "entered_audience"] }).notNull(),
    /** Elapsed hours from the anchor, negative for before. Either this, or `offsetDays` with `atLocal`. */
    offsetHours: integer("offset_hours"),
    /** Office-local days from the anchor's day, negative for before, at the wall time `HH:MM`. */
    offsetDays: integer("offset_days"),
    atLocal: text("at_local"),
    slotMinutes: integer("slot_minutes").notNull().default(60),
    /** What becomes of a message whose time is past when its reason is first known (a late booking). */
    latePolicy: text("late_policy", { enum: ["skip", "send"] })
      .notNull()
      .default("skip"),
    /** Not said any more when the anchor is nearer than this. */
    minLeadMinutes: integer("min_lead_minutes").notNull().default(0),
    quietRule: text("quiet_rule", { enum: ["earlier", "later", "drop"] })
      .notNull()
      .default("later"),
    /** Minutes after its due time at which it is no longer worth saying. */
    expiresAfterMinutes: integer("expires_after_minutes").notNull(),
    templateKey: text("template_key").notNull(),
    templateVersion: integer("template_version").notNull(),
    /** The step that is tried when this one cannot reach the person. */
    fallbackStepId: text("fallback_step_id"),
    hasMediaBuy: integer("has_media_buy").notNull().default(0),
    unitCostMicros: integer("unit_cost_micros"),
    isActive: integer("is_active").notNull().default(1),
  },
  (table) => [uniqueIndex("steps_order").on(table.nudgeId, table.seq)],
);

/** Money spent on one step and slot: pieces, postage, invoice. Micros are millionths of the currency's unit. */
export const mediaBuys = sqliteTable(
  "media_buys",
  {
    id: text().primaryKey(),
    nudgeId: text("nudge_id").notNull(),
    stepId: text("step_id").notNull(),
    slotStartsAt: integer("slot_starts_at").notNull(),
    name: text().notNull(),
    vendor: text().notNull(),
    vendorJobRef: text("vendor_job_ref"),
    channel: text({ enum: ["sms", "mail", "print"] }).notNull(),
    status: text({ enum: ["draft", "committed", "in_production", "mailed", "completed", "cancelled", "invoiced"] })
      .notNull()
      .default("draft"),
    currency: text().notNull(),
    fixedMicros: integer("fixed_micros").notNull().default(0),
    unitMicros: integer("unit_micros").notNull().default(0),
    postageMicros: integer("postage_micros").notNull().default(0),
    invoicedMicros: integer("invoiced_micros"),
    budgetMicros: integer("budget_micros"),
    /** How much of it somebody was told of, in percent: once for each. */
    budgetTold: integer("budget_told").notNull().default(0),
    /** Who set its prices and budget last; where its nudge needs two people, somebody else has to commit it. */
    costedBy: text("costed_by"),
    mailOn: text("mail_on"),
    inHomeFromOn: text("in_home_from_on"),
    inHomeToOn: text("in_home_to_on"),
    /** JSON: size, paper, artwork. */
    pieceSpec: text("piece_spec").notNull().default("{}"),
    offerCode: text("offer_code"),
    trackingPhone: text("tracking_phone"),
    attributionDays: integer("attribution_days").notNull().default(60),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    uniqueIndex("media_buys_slot").on(table.stepId, table.slotStartsAt),
    index("media_buys_created").on(table.createdAt),
    index("media_buys_limited").on(table.id).where(sql`status = 'draft' and budget_micros is not null`),
    index("media_buys_committed").on(table.updatedAt).where(sql`status = 'committed'`),
  ],
);

/** Who was mailed, held out or suppressed in a media buy. */
export const mediaBuyRecipients = sqliteTable(
  "media_buy_recipients",
  {
    mediaBuyId: text("media_buy_id").notNull(),
    patientId: text("patient_id").notNull(),
    touchId: text("touch_id").unique(),
    role: text({ enum: ["mailed", "holdout", "suppressed"] }).notNull(),
    suppressReason: text("suppress_reason"),
    /** What the piece bears: random, says nothing of the person, and names the row when the piece comes back. */
    reference: text().unique(),
    /** Seals the piece as it went to the printer: name, address, words. */
    addressSealed: text("address_sealed"),
    /** 31 digits of the Intelligent Mail barcode, where the vendor gives one. */
    imb: text(),
    status: text({ enum: ["planned", "produced", "in_transit", "delivered", "returned"] })
      .notNull()
      .default("planned"),
    costMicros: integer("cost_micros").notNull().default(0),
    firstResponseAt: integer("first_response_at"),
    revenueMicros: integer("revenue_micros").notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.mediaBuyId, table.patientId] }),
    index("media_buy_recipients_patient").on(table.patientId),
    index("media_buy_recipients_address").on(table.mediaBuyId).where(sql`address_sealed is not null`),
  ],
);

/** A yes: for this address, on this channel, for this purpose, to these words. Ended by a no, never deleted. */
export const consents = sqliteTable(
  "consents",
  {
    id: text().primaryKey(),
    addressKey: text("address_key").notNull(),
    channel: text({ enum: ["sms", "mail", "print"] }).notNull(),
    purpose: text({ enum: ["care", "marketing"] }).notNull(),
    /** Which wording was agreed to, and where: form, keyword, staff, import. */
    wording: text().notNull(),
    source: text().notNull(),
    /** Seals what proves it. */
    evidence: text(),
    at: integer().notNull(),
    endedAt: integer("ended_at"),
    endedBy: text("ended_by"),
  },
  (table) => [
    uniqueIndex("consents_live").on(table.addressKey, table.channel, table.purpose).where(sql`ended_at is null`),
    index("consents_at").on(table.at),
  ],
);

export const CALL_OUTCOMES = ["reached", "left_message", "no_answer", "wrong_number"] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** Somebody at the desk called a patient about a visit, because no text could tell them of it. Never changed. */
export const calls = sqliteTable(
  "calls",
  {
    id: text().primaryKey(),
    appointmentId: text("appointment_id").notNull(),
    patientId: text("patient_id").notNull(),
    outcome: text({ enum: CALL_OUTCOMES }).notNull(),
    /** When to try again; null where nobody needs to. */
    againAt: integer("again_at"),
    by: text().notNull(),
    at: integer().notNull(),
  },
  (table) => [index("calls_appointment").on(table.appointmentId, table.at)],
);
