/** What the container pushes to `POST /t/:tenant/api/v1/imports`: one reading of a source, in chunks, and the answer. */
import * as z from "zod";
import { LocalDay } from "./appointments.ts";

/** What an import may hold, in the order in which it is applied. A chunk holds rows of one of them. */
export const ENTITIES = ["patient", "appointment", "product", "purchase"] as const;
export const Entity = z.enum(ENTITIES);
export type Entity = z.infer<typeof Entity>;

/** The most rows that one chunk may hold. */
export const MAX_IMPORT_ROWS = 500;
const MAX_CHUNKS = 20_000;

/** The source's own key of a row, as text. */
const SourceId = z.string().trim().min(1).max(100);
const Words = (most: number) => z.string().trim().max(most);

/**
 * `YYYY-MM-DD`, optionally with a time. With an offset or `Z` it is an instant; a bare local time is read by the
 * office's clock, which is the edge's knowledge. A day alone means its first minute there.
 */
const SourceTime = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/,
    "expected YYYY-MM-DDTHH:MM, with or without an offset",
  );

/** An amount of money in the currency's unit, such as `129.95` or `-20`: text, because a float is no money. */
const Amount = z.string().regex(/^-?\d{1,9}(?:\.\d{1,6})?$/, "expected an amount such as 129.95");

/** Numbers and e-mail as the source has them; what cannot be used is noted, and the row stays. */
export const PatientRow = z.object({
  sourceId: SourceId,
  /** `patient` once something was bought or the source says so, else `prospect`. Not said: as it was. */
  kind: z.enum(["patient", "prospect"]).optional(),
  givenName: Words(100).optional(),
  familyName: Words(100).optional(),
  preferredName: Words(100).optional(),
  birthDate: LocalDay.optional(),
  mobilePhone: Words(40).optional(),
  homePhone: Words(40).optional(),
  email: Words(254).optional(),
  language: Words(20).optional(),
  address: z
    .object({ line1: Words(120), line2: Words(120).optional(), city: Words(80), state: Words(40), zip: Words(12) })
    .optional(),
  officeSourceId: SourceId.optional(),
  isDeceased: z.boolean().optional(),
  doNotContact: z.boolean().optional(),
  /** That the person agreed to texts: when, by what (form, staff, …), to which words. */
  smsConsent: z.object({ at: SourceTime, source: Words(60), wording: Words(500) }).optional(),
  updatedAt: SourceTime.optional(),
  isRemoved: z.boolean().optional(),
});
export type PatientRow = z.infer<typeof PatientRow>;

export const AppointmentImportRow = z.object({
  sourceId: SourceId,
  patientSourceId: SourceId,
  officeSourceId: SourceId,
  /** What the visit is called at the source. */
  name: Words(120),
  /** The source's own word; the tenant's settings map it. One that they do not know never leads to a message. */
  status: Words(60).min(1),
  startsAt: SourceTime,
  endsAt: SourceTime.optional(),
  provider: Words(120).optional(),
  isRemoved: z.boolean().optional(),
});
export type AppointmentImportRow = z.infer<typeof AppointmentImportRow>;

export const ProductRow = z.object({
  sourceId: SourceId,
  sku: Words(60).optional(),
  name: Words(200).min(1),
  category: Words(80).optional(),
  listPrice: Amount.optional(),
  isRemoved: z.boolean().optional(),
});
export type ProductRow = z.infer<typeof ProductRow>;

export const PurchaseRow = z.object({
  sourceId: SourceId,
  patientSourceId: SourceId,
  officeSourceId: SourceId.optional(),
  productSourceId: SourceId.optional(),
  category: Words(80).optional(),
  appointmentSourceId: SourceId.optional(),
  quantity: z.int().min(-100_000).max(100_000),
  amount: Amount,
  currency: z.string().regex(/^[A-Z]{3}$/, "expected a code such as USD"),
  purchasedAt: SourceTime,
  status: z.enum(["sold", "returned", "exchanged", "void"]),
  warrantyEndOn: LocalDay.optional(),
  isRemoved: z.boolean().optional(),
});
export type PurchaseRow = z.infer<typeof PurchaseRow>;

/**
 * What was read. Rows that the store knows inside of it and a complete reading does not show are removed; nothing
 * outside of it is. Without a span of appointments or purchases, and without being said `whole`, an entity's absence
 * means nothing and removes nothing.
 */
export const ImportScope = z.object({
  entities: z.array(Entity).min(1),
  /** Of patients and products: all that the source has were read, not only those that changed. */
  whole: z.array(z.enum(["patient", "product"])).default([]),
  /** Local days, both inclusive, over which all appointments were read. */
  appointmentsFrom: LocalDay.optional(),
  appointmentsTo: LocalDay.optional(),
  purchasesFrom: LocalDay.optional(),
});
export type ImportScope = z.infer<typeof ImportScope>;

/**
 * One chunk. Chunks come in order from sequence 0; `source`, `snapshotAt` and `scope` are the same in all of them.
 * The last has `end` (the reading is whole) or `failed` (it broke off; nothing of it is applied), never both. Rows are
 * parsed one by one, so that a bad row never stops the rows beside it.
 */
export const ImportChunk = z
  .object({
    runId: z.uuid(),
    source: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
    /** When the source was read, as the container's clock has it; with an offset or `Z`. */
    snapshotAt: z.iso.datetime({ offset: true }),
    scope: ImportScope,
    sequence: z.int().min(0).max(MAX_CHUNKS),
    entity: Entity,
    rows: z.array(z.unknown()).max(MAX_IMPORT_ROWS),
    end: z
      .object({
        /** Rows in all chunks together, by entity; one without rows may be left out. */
        counts: z.partialRecord(Entity, z.int().min(0)),
        /** `nextDigest` over all chunks' rows in order, from `""`. */
        digest: z.string().regex(/^[0-9a-f]{64}$/),
      })
      .optional(),
    failed: z.object({ code: z.string().regex(/^[a-z][a-z0-9_]{1,59}$/) }).optional(),
  })
  .refine(({ end, failed }) => !end || !failed, { error: "an import ends or fails, not both", path: ["failed"] })
  .refine(({ scope, entity, rows }) => rows.length === 0 || scope.entities.includes(entity), {
    error: "not among the scope's entities",
    path: ["entity"],
  });
export type ImportChunk = z.infer<typeof ImportChunk>;

/** A row that was not taken, by its place in the chunk; the reason is a code, with the field where one is to blame. */
export const RejectedRow = z.object({ row: z.int(), code: z.string(), field: z.string().optional() });
export type RejectedRow = z.infer<typeof RejectedRow>;

export const IMPORT_STATUSES = ["staging", "staged", "applied", "held", "dropped", "failed", "superseded"] as const;
/** The edge's answer to a chunk. The same chunk pushed again changes nothing and gets the same kind of answer. */
export const ImportReply = z.object({
  /** Of this chunk's rows: taken as new or changed, known as they are already, not taken. */
  staged: z.int(),
  unchanged: z.int(),
  rejected: z.array(RejectedRow),
  /**
   * `staging` until the end; then `applied`, `held` for a person because far too much would be removed, `superseded`
   * because a newer reading was applied before, or `staged`: complete, and applied by the clock's next minutes.
   */
  import: z.enum(IMPORT_STATUSES),
});
export type ImportReply = z.infer<typeof ImportReply>;
