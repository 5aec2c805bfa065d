/**
 * How the container takes a file that the edge made to whom it is for: `/t/:tenant/api/v1/exports…`, under the lease of a
 * job `deliver`. Taken there is not arrived: the receiver's own list has to show it.
 */
import * as z from "zod";

export const DeliverArguments = z.object({
  deliveryId: z.string(),
  /** Whom to; the container knows the way. */
  target: z.literal("print_vendor"),
  name: z.string().regex(/^[A-Za-z0-9._-]+$/),
  parts: z.int(),
  bytes: z.int(),
  /** Of the file's bytes, hex. */
  sha256: z.hash("sha256"),
});
export type DeliverArguments = z.infer<typeof DeliverArguments>;

const Leased = z.object({ jobId: z.string().min(1).max(80), leaseToken: z.string().min(1).max(80) });

export const PartRequest = Leased.extend({ part: z.int().min(0) });
export const PartReply = z.object({ text: z.string() });

export const DeliveryStatus = z.enum(["waiting", "renaming", "arrived", "in_doubt", "failed", "cancelled"]);

/**
 * `begun`: how does it stand? `renaming`: all bytes are there under a temporary name, and get the real one now; refused
 * where the delivery was cancelled. `arrived`, with what is seen there. `in_doubt`: it got the real name, or may have, and
 * is not there any more.
 */
export const DeliveryStep = Leased.extend({
  step: z.enum(["begun", "renaming", "arrived", "in_doubt"]),
  seen: z.object({ bytes: z.int(), sha256: z.hash("sha256").nullable() }).optional(),
}).refine(({ step, seen }) => step !== "arrived" || seen !== undefined, {
  error: "expected what is seen there",
  path: ["seen"],
});
export type DeliveryStep = z.infer<typeof DeliveryStep>;

export const DeliveryReply = z.object({ status: DeliveryStatus });
