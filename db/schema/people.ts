import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** A place with one clock: its zone and send window decide when anybody may be texted. */
export const offices = sqliteTable("offices", {
  id: text().primaryKey(),
  name: text().notNull(),
  /** IANA name, never an offset. */
  timeZone: text("time_zone").notNull(),
  /** Local times `HH:MM`; texts leave from `opens` up to, not at, `closes`. */
  windowOpens: text("window_opens").notNull(),
  windowCloses: text("window_closes").notNull(),
  /** JSON array of local days on which nothing is sent. */
  closedDays: text("closed_days").notNull().default("[]"),
  status: text({ enum: ["active", "suspended", "inactive"] })
    .notNull()
    .default("active"),
  /** For texts and letters: E.164, one line, town, a map's URL, hours by weekday (JSON, Monday first). */
  phone: text(),
  addressLine: text("address_line"),
  city: text(),
  mapUrl: text("map_url"),
  openHours: text("open_hours"),
  /** Two letters: whose laws hold where the patient's own state is not known. */
  state: text(),
  /** What the source says its clock is; only ever compared with the zone, never used. */
  sourceUtcOffsetMinutes: integer("source_utc_offset_minutes"),
});

/** One person. Everything that says who is in `sealed`; `identityKey` is a blind index of name and birth date. */
export const patients = sqliteTable(
  "patients",
  {
    id: text().primaryKey(),
    identityKey: text("identity_key").notNull().unique(),
    kind: text({ enum: ["patient", "prospect"] })
      .notNull()
      .default("patient"),
    language: text(),
    /** When `kind` last changed: customers and prospects hear different things. */
    kindChangedAt: integer("kind_changed_at"),
    officeId: text("office_id"),
    /** IANA name, from the ZIP; the office's where it is null. Two, separated by a space, where a ZIP area has two. */
    timeZone: text("time_zone"),
    /** Two letters, from the standardised address. */
    state: text(),
    isDeceased: integer("is_deceased").notNull().default(0),
    doNotContact: integer("do_not_contact").notNull().default(0),
    /** Of imports: keyed hash of what the source said, and the run that last showed it. */
    contentKey: text("content_key"),
    lastRunId: text("last_run_id"),
    removedAt: integer("removed_at"),
    /** Seals `Person`: names and birth date. */
    sealed: text().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("patients_removed").on(table.removedAt).where(sql`removed_at is not null`)],
);

/** Where a person can be reached. One person may have several; several persons may share one (`addressKey`). */
export const contactPoints = sqliteTable(
  "contact_points",
  {
    id: text().primaryKey(),
    patientId: text("patient_id").notNull(),
    /** `phone` is a number that the source calls the home's: for calling, never texted. */
    system: text({ enum: ["sms", "mail", "phone"] }).notNull(),
    /** Blind index of the normalised address. */
    addressKey: text("address_key").notNull(),
    /** Seals the address itself. */
    sealed: text().notNull(),
    state: text({ enum: ["ok", "landline", "unreachable", "invalid"] })
      .notNull()
      .default("ok"),
    stateReason: text("state_reason"),
    /** Of a number: the IANA zones of its area code, separated by a space. */
    timeZone: text("time_zone"),
    /** A number that the source no longer shows keeps its row but loses this mark. */
    isCurrent: integer("is_current").notNull().default(1),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    uniqueIndex("contact_points_person").on(table.patientId, table.system, table.addressKey),
    index("contact_points_address").on(table.addressKey),
    index("contact_points_bad").on(table.updatedAt).where(sql`state <> 'ok' and is_current = 1`),
  ],
);

/** One visit. `dedupeKey` is a blind index of birth date, name, time and provider; the phone is no part of it. */
export const appointments = sqliteTable(
  "appointments",
  {
    id: text().primaryKey(),
    dedupeKey: text("dedupe_key").notNull().unique(),
    patientId: text("patient_id").notNull(),
    officeId: text("office_id").notNull(),
    source: text().notNull(),
    localOn: text("local_on").notNull(),
    /** Wall time at the office, `YYYY-MM-DDTHH:MM`, as the source showed it. */
    localStartsAt: text("local_starts_at").notNull(),
    startsAt: integer("starts_at").notNull(),
    endsAt: integer("ends_at"),
    /** How the wall time was read: `gap` and `ambiguous` on the days when the clock changes. */
    timeFlag: text("time_flag", { enum: ["ok", "gap", "ambiguous"] })
      .notNull()
      .default("ok"),
    /** The touch that, by the clinic's reckoning, led to this visit. */
    attributedTouchId: text("attributed_touch_id"),
    provider: text().notNull(),
    serviceType: text("service_type").notNull(),
    status: text({
      // `unknown`: the source's word is not one that the clinic's settings know. Never a reason to write.
      enum: ["pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error", "unknown"],
    }).notNull(),
    /** The source's own word for the status. */
    sourceStatus: text("source_status").notNull(),
    /** Why there is no number to text: `none` or `invalid`; null when there is one. */
    phoneProblem: text("phone_problem"),
    /** Keyed hash of all that the source said, so that an unchanged row costs no write. */
    contentKey: text("content_key").notNull(),
    /** The run that last showed this row; a complete snapshot without it removes the row. */
    lastRunId: text("last_run_id").notNull(),
    lastSeenAt: integer("last_seen_at").notNull(),
    removedAt: integer("removed_at"),
    removedReason: text("removed_reason", { enum: ["source_cancelled", "absent_from_snapshot", "patient_removed"] }),
    /** When the patient confirmed, and the start that they confirmed: for no other does it count. No source writes these. */
    confirmedAt: integer("confirmed_at"),
    confirmedForAt: integer("confirmed_for_at"),
    /** 1 while the planner has not looked at this version of the row. */
    needsPlanning: integer("needs_planning").notNull().default(1),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("appointments_day").on(table.source, table.localOn),
    index("appointments_on").on(table.localOn, table.startsAt),
    index("appointments_patient").on(table.patientId, table.startsAt),
    index("appointments_starts").on(table.startsAt).where(sql`removed_at is null`),
    index("appointments_attributed").on(table.attributedTouchId).where(sql`attributed_touch_id is not null`),
    index("appointments_odd").on(table.startsAt).where(sql`time_flag <> 'ok' or status = 'unknown'`),
    index("appointments_to_plan").on(table.updatedAt).where(sql`needs_planning = 1`),
  ],
);

/** What changed at the source, field by field, without identifying values. */
export const changeLog = sqliteTable(
  "change_log",
  {
    id: text().primaryKey(),
    entityId: text("entity_id").notNull(),
    field: text().notNull(),
    before: text(),
    after: text(),
    runId: text("run_id").notNull(),
    at: integer().notNull(),
  },
  (table) => [index("change_log_entity").on(table.entityId, table.at), index("change_log_at").on(table.at)],
);
