/**
 * How the desk asks a program at the clinic's side to read its Sycle database, over two FIFO queues: a request on one,
 * a reply on the other. Rows never ride in them (the program pushes an import), and neither does a password.
 */
import * as z from "zod";
import { LocalDay } from "./appointments.ts";
import { TimeZone } from "./time-zone.ts";

const Slug = z.string().regex(/^[a-z][a-z0-9-]*$/);
/** The one number of a request; all its attempts have it. */
const Key = z.string().min(8).max(80);

export const RefreshRequest = z.strictObject({
  v: z.literal(2),
  /** The tenant's slug; also the message group, so that one slow clinic never holds up another. */
  nn: Slug,
  /** The clinic's database, by name. */
  db: z.string().min(1).max(100),
  ky: Key,
  attempt: z.int().min(1),
  /** By which name the program finds the database's login in its own store of secrets. */
  credential_ref: z.string().min(1).max(200),
  reply_to: z.string().min(1),
  /** What to read, as `ImportArguments` says it: days are the clinic's, whose zone tells today. */
  time_zone: TimeZone.default("UTC"),
  appointments_from: LocalDay.optional(),
  appointments_to: LocalDay.optional(),
  purchases_from: LocalDay.optional(),
  sent_at: z.iso.datetime(),
  deadline_at: z.iso.datetime(),
});
export type RefreshRequest = z.infer<typeof RefreshRequest>;

const Counts = z.partialRecord(z.enum(["patients", "appointments", "products", "purchases"]), z.int().min(0));

export const RefreshReply = z.object({
  v: z.literal(2),
  nn: Slug,
  ky: Key,
  attempt: z.int().min(1),
  status: z.enum(["done", "failed"]),
  /** When the database was read, the same as its import says. */
  snapshot_at: z.iso.datetime({ offset: true }).optional(),
  counts: Counts.optional(),
  error: z
    .string()
    .regex(/^[a-z][a-z0-9_]{1,59}$/)
    .optional(),
});
export type RefreshReply = z.infer<typeof RefreshReply>;
