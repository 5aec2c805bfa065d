/** What the operator's command line asks about one person at `/admin/v1/person…`, and what it is answered. */
import * as z from "zod";

/** One person of a clinic: by the desk's own id, or by a number or address, which several may share. */
export const PersonQuery = z.object({
  tenant: z.string(),
  patient: z
    .string()
    .regex(/^pat_[0-9a-f]{32}$/, "expected the desk's own id, such as pat_…")
    .optional(),
  phone: z.string().max(40).optional(),
  mail: z.string().max(320).optional(),
});
export type PersonQuery = z.infer<typeof PersonQuery>;

/** Enough to tell people apart for somebody who knows them: masked names, years, counts. */
const Match = z.object({
  patientId: z.string(),
  name: z.string().nullable(),
  bornIn: z.string().nullable(),
  visits: z.int(),
  lastVisitOn: z.string().nullable(),
});
export type Match = z.infer<typeof Match>;

/** Nobody is guessed: where several fit, they are listed. `again`: texts are still being indexed, so ask once more. */
const NotOne = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("several"), matches: z.array(Match) }),
  z.object({ kind: z.literal("again") }),
]);
export type NotOne = z.infer<typeof NotOne>;

export const PersonExport = z.union([
  NotOne,
  z.object({ kind: z.literal("one"), document: z.record(z.string(), z.unknown()) }),
]);
export type PersonExport = z.infer<typeof PersonExport>;

/** `confirm` repeats the id of the person that a dry run has named; `after` is the last answer's `next`. */
export const EraseQuery = PersonQuery.extend({
  dryRun: z.boolean().default(false),
  confirm: z.string().optional(),
  after: z.string().max(80).nullable().default(null),
});
export type EraseQuery = z.input<typeof EraseQuery>;

const Held = z.record(z.string(), z.int());

export const PersonErased = z.union([
  NotOne,
  /** Nothing was changed: what would go, and what stays because others have it too. */
  z.object({
    kind: z.literal("would"),
    patientId: z.string(),
    name: z.string().nullable(),
    bornIn: z.string().nullable(),
    held: Held,
    sharedNumbers: z.int(),
  }),
  /** Raw messages are still being looked through. */
  z.object({ kind: z.literal("going_on"), next: z.string() }),
  z.object({
    kind: z.literal("erased"),
    patientId: z.string(),
    erasureId: z.string(),
    sharedNumbers: z.int(),
    /** Of all clinics, still in the spool because a store did not answer: say it again when there are none. */
    answersWaiting: z.int(),
  }),
]);
export type PersonErased = z.infer<typeof PersonErased>;
