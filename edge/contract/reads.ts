/** Whose records somebody read: what `hearback audit reads` asks at `/admin/v1/audit/reads`, and what it is answered. */
import * as z from "zod";

/** `by` is a member of staff's mail address, a machine key's id, or `operator`; instants are epoch ms. */
export const ReadsQuery = z.object({
  tenant: z.string(),
  since: z.int().min(0),
  until: z.int().min(0),
  by: z.string().max(320).optional(),
  /** Where the last answer stopped; null to begin with the newest. */
  before: z.int().min(1).nullable().default(null),
});
export type ReadsQuery = z.infer<typeof ReadsQuery>;

/** One time that somebody opened records. `patients` is null where the event does not say whose they were. */
export const AuditRead = z.object({
  seq: z.int(),
  at: z.int(),
  actor: z.string(),
  action: z.string(),
  entityId: z.string(),
  patients: z.array(z.string()).nullable(),
});
export type AuditRead = z.infer<typeof AuditRead>;

/** `next` goes into the next request's `before`; null at the end. */
export const ReadsPage = z.object({ reads: z.array(AuditRead), next: z.int().nullable() });
export type ReadsPage = z.infer<typeof ReadsPage>;
