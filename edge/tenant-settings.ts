import * as z from "zod";
import { LocalTime } from "./local-time.ts";
import { Branch, Office } from "./office-settings.ts";
import { Price } from "./prices.ts";
import { Retention } from "./retention-settings.ts";
import { Schedules } from "./schedule-settings.ts";

/** FHIR's appointment statuses, as far as a clinic's schedule knows them. */
export const AppointmentStatus = z.enum([
  "pending",
  "booked",
  "arrived",
  "fulfilled",
  "cancelled",
  "noshow",
  "entered-in-error",
]);
export type AppointmentStatus = z.infer<typeof AppointmentStatus>;

/** All that makes one clinic's desk different from another's. Kept as JSON in the directory; holds no secret. */
export const TenantSettings = z.object({
  /** Hosts that serve this tenant's patient pages only; empty means the common public address. */
  hosts: z.array(z.string()).default([]),
  office: Office,
  /** Of a clinic with several places: each, with the code by which imports name it. Without them there is the one. */
  offices: z
    .array(Branch)
    .refine((all) => new Set(all.map(({ sourceCode }) => sourceCode)).size === all.length, "a code stands twice")
    .default([]),
  schedule: z.object({
    /** Where the visits come from, if `visitSource` does not tell it from the schedules. */
    source: z.string().optional(),
    /** Source words for a status (compared without case) → FHIR status. A word not listed is a row error. */
    statuses: z.record(z.string(), AppointmentStatus),
    /** Days before today that each run reads again, because a visit may be marked as seen late. */
    daysBack: z.int().min(0).max(14).default(2),
    /** Office-local times at which the schedule is read. */
    localTimes: z.array(LocalTime).min(1).default(["12:15", "16:15", "19:15"]),
    /** A day with fewer than this share of the usual rows is held for staff. */
    usualShare: z.number().min(0).max(1).default(0.5),
    /** Hours without a successful reading after which texts wait and somebody is told. */
    silentAfterHours: z.int().min(1).default(26),
  }),
  /** What is started when. Without them: a scrape at `schedule.localTimes`. Nudges run every five minutes unless listed. */
  schedules: Schedules.optional(),
  remind: z
    .object({
      /** Nudges that wait for a source are held while its data are older than this. */
      dataMaxAgeMinutes: z.int().min(5).max(10_080).default(120),
    })
    .prefault({}),
  /** Days after which a nightly run purges each kind of record. */
  retention: Retention,
  /** Without it, nobody is asked how a visit was. */
  ask: z
    .object({
      surveyId: z.string(),
      providers: z.array(z.string()),
      serviceTypes: z.array(z.string()),
      maxVisitAgeHours: z.int().min(1).max(168).default(48),
      /** Minutes after the visit's start before which nobody is asked. */
      delayMinutes: z.int().min(0).default(60),
      linkDays: z.int().min(1).max(90).default(30),
      /** Families share phones: at most one text to a number on an office-local day. */
      onePerPhonePerDay: z.boolean().default(true),
      /** Hours after the first text at which who has not answered is asked once more; null for never. */
      reminderAfterHours: z.int().min(1).nullable().default(null),
      templateKey: z.string().default("survey-invite"),
      reminderTemplateKey: z.string().default("survey-reminder"),
    })
    .prefault({ surveyId: "common-ground", providers: [], serviceTypes: [] }),
  /** How much a number may get; texts in doubt count. None can be switched off altogether. */
  caps: z
    .object({
      carePerDay: z.int().min(1).max(10).default(1),
      /** In any seven days. */
      carePerWeek: z.int().min(1).max(30).default(3),
      /** In a calendar month, by text and by mail each. */
      marketingPerMonth: z.int().min(0).max(31).default(4),
      /**
       * Of everything together, whatever it is for: a family of four that shares a phone and gets two reminders each
       * stays under it, a fault that says the same thing all day does not.
       */
      perNumberPerDay: z.int().min(1).max(30).default(10),
    })
    .prefault({}),
  addresses: z
    .object({
      /** Are they taken to a certified (CASS) service? Then the container needs its settings, too. */
      areValidated: z.boolean().default(false),
    })
    .prefault({}),
  /** Who prints and posts the clinic's letters; null for nobody, and then none are planned into a mailing. */
  print: z
    .object({
      /** The printer's name, for people; where its files go is the container's setting. */
      vendor: z.string().min(1).max(80),
    })
    .nullable()
    .default(null),
  /** Where a program at the clinic's side reads the database and is asked to over queues; null where we read it. */
  refresh: z
    .object({
      source: z.string().default("sycle"),
      database: z.string().min(1).max(100),
      /** By which name that program knows the database's login. */
      credentialRef: z.string().min(1).max(200),
    })
    .nullable()
    .default(null),
  messages: z.object({
    /** Who says it, first words of every text. */
    senderName: z.string().min(1).max(40),
    /** Who carries the texts, and who does what the first refuses to take for reasons of its own; null for nobody. */
    smsProvider: z.enum(["twilio", "infobip"]).default("twilio"),
    secondSmsProvider: z.enum(["twilio", "infobip"]).nullable().default(null),
    messagingServiceSid: z.string().optional(),
    infobipSender: z.string().min(1).max(15).optional(),
    /** Whom mail to patients comes from, and where their answers go; without the first no mail is sent. */
    mailFrom: z.email().optional(),
    mailReplyTo: z.email().optional(),
    /** What a text's segment costs where none of the prices says otherwise. */
    pricePerSegment: z.number().min(0).default(0.0083),
    prices: z.array(Price).max(500).default([]),
    currency: z.string().length(3).default("USD"),
    helpText: z.string().max(160).optional(),
    /** The carrier confirms a STOP itself, as Twilio does unless that was switched off for the clinic's sender. */
    carrierAnswersStop: z.boolean().default(true),
    /** From this office-local day any STOP ends everything; before it, one that answers marketing ends marketing. */
    revokeAllFrom: z.iso.date().default("2027-01-31"),
    /** Whether who was reminded of a visit is told when it is moved or cancelled afterwards. */
    correctsReminders: z.boolean().default(false),
    /** The clinic's site and postal address, for messages that say them; marketing mail must. */
    site: z.url().max(200).optional(),
    postalAddress: z.string().min(1).max(200).optional(),
  }),
  theme: z.object({
    accent: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i)
      .default("#1f5f8b"),
    phoneToCall: z.string().default(""),
    locales: z.array(z.string()).default(["en"]),
  }),
});
export type TenantSettings = z.infer<typeof TenantSettings>;

/**
 * Where the clinic's visits come from: what its settings name, else the source that it imports, the first one of
 * several; Practice Fusion for a clinic whose schedule is scraped.
 */
export function visitSource({ schedule, schedules = [] }: Pick<TenantSettings, "schedule" | "schedules">): string {
  if (schedule.source !== undefined) return schedule.source;
  const isScraped = schedules.some(({ kind }) => kind === "scrape");
  const imported = isScraped ? undefined : schedules.find(({ kind }) => kind === "import")?.source;
  return imported ?? "practice-fusion";
}

/** Whether the visits come by an import, all days at once, rather than day by day. */
export function isImported(settings: Pick<TenantSettings, "schedule" | "schedules">): boolean {
  const source = visitSource(settings);
  return (settings.schedules ?? []).some((each) => each.kind === "import" && each.source === source);
}
