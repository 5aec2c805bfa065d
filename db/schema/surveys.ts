import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Published versions of a survey; never changed once published. */
export const surveys = sqliteTable(
  "surveys",
  {
    id: text().notNull(),
    version: integer().notNull(),
    /** JSON of a `SurveyDefinition`. */
    definition: text().notNull(),
    publishedAt: integer("published_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.version] })],
);

/** One person asked about one visit. */
export const invites = sqliteTable(
  "invites",
  {
    id: text().primaryKey(),
    patientId: text("patient_id").notNull(),
    appointmentId: text("appointment_id").notNull(),
    surveyId: text("survey_id").notNull(),
    surveyVersion: integer("survey_version").notNull(),
    locale: text(),
    /** 0 open, 1 answered. No instant: with an anonymous survey a time would join the answer to the person. */
    answered: integer().notNull().default(0),
    expiresAt: integer("expires_at").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("invites_visit").on(table.appointmentId, table.surveyId),
    index("invites_patient").on(table.patientId),
  ],
);

/** The links of an invite, by SHA-256 of the token; a message that had to be sent again carries a new one. */
export const inviteLinks = sqliteTable(
  "invite_links",
  {
    tokenHash: text("token_hash").primaryKey(),
    inviteId: text("invite_id").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("invite_links_invite").on(table.inviteId)],
);

/**
 * Answers. The migration makes this table WITHOUT ROWID: rows lie in the order of a random-looking key, so neither
 * key, nor order, nor time joins an anonymous answer to its invite. Identified surveys fill the last three columns.
 */
export const responses = sqliteTable(
  "responses",
  {
    /** HMAC of the link's token under a key of the tenant: only who holds the link can name the row. */
    id: text().primaryKey(),
    surveyId: text("survey_id").notNull(),
    surveyVersion: integer("survey_version").notNull(),
    locale: text().notNull(),
    status: text({ enum: ["in-progress", "completed"] }).notNull(),
    /** Monday of the ISO week in which it was answered, office-local. */
    weekOn: text("week_on").notNull(),
    /** JSON: question id → stored value, closed questions only. */
    answers: text().notNull(),
    /** JSON: score name → number. */
    scores: text().notNull().default("{}"),
    /** Seals free text answers: question id → text. */
    sealed: text(),
    inviteId: text("invite_id"),
    patientId: text("patient_id"),
    submittedAt: integer("submitted_at"),
  },
  (table) => [
    index("responses_survey").on(table.surveyId, table.weekOn),
    index("responses_patient").on(table.patientId).where(sql`patient_id is not null`),
  ],
);
