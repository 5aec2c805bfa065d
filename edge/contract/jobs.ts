/** How the container leases work from the edge: `/t/:tenant/api/v1/jobs…`. */
import * as z from "zod";
import { LocalDay } from "./appointments.ts";
import { TimeZone } from "./time-zone.ts";

/** What to scrape. Days are the clinic's; the edge has already turned "today and the two days before" into dates. */
export const ScrapeArguments = z.object({
  source: z.string(),
  days: z.array(LocalDay).min(1).max(400),
  /** Of the clinic. */
  timeZone: TimeZone,
  /** Providers as the EHR words them, for telling columns apart; empty means any. */
  providers: z.array(z.string()).default([]),
});
export type ScrapeArguments = z.infer<typeof ScrapeArguments>;

/** What to import. Days are the clinic's; what is left out, the container chooses: appointments from a week back to half a year ahead, all purchases. */
export const ImportArguments = z.object({
  source: z.string(),
  /** By which the container knows today. */
  timeZone: TimeZone.default("UTC"),
  appointmentsFrom: LocalDay.optional(),
  appointmentsTo: LocalDay.optional(),
  purchasesFrom: LocalDay.optional(),
});
export type ImportArguments = z.infer<typeof ImportArguments>;

export const CreateJob = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("scrape"), days: z.array(LocalDay).min(1).max(400).optional() }),
  z.object({ kind: z.literal("import"), source: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/) }),
]);

export const LeaseRequest = z.object({
  kinds: z.array(z.string()).min(1),
  worker: z.string().min(1).max(80),
  /** Of imports, only from these sources; any without it. */
  sources: z.array(z.string()).optional(),
});

export const Lease = z.object({
  jobId: z.string(),
  runId: z.uuid(),
  kind: z.string(),
  arguments: z.unknown(),
  /** Proof of the lease; goes with every heartbeat and the finish. */
  leaseToken: z.string(),
  /** Seconds until another worker may take the job; a heartbeat starts them anew. */
  leaseSeconds: z.number(),
});
export type Lease = z.infer<typeof Lease>;

/** `lease: null` with a reason: nothing to do, or another worker holds it. */
export const LeaseReply = z.object({
  lease: Lease.nullable(),
  reason: z.enum(["none_due", "held_elsewhere"]).optional(),
});

export const Heartbeat = z.object({ leaseToken: z.string() });

export const FinishJob = z.object({
  leaseToken: z.string(),
  status: z.enum(["succeeded", "partly", "failed"]),
  /** Counts only: days, rows, created, … */
  counts: z.record(z.string(), z.number()).default({}),
  /** A named failure such as `bad_credentials`; `detail` never holds page text. */
  error: z.object({ code: z.string().max(60), detail: z.string().max(500).optional() }).optional(),
});
export type FinishJob = z.infer<typeof FinishJob>;

/** Signed headers: Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`) and this one, naming the key. */
export const KEY_HEADER = "hearback-key";
