/**
 * How the container takes addresses to a certified (CASS) service and back: `/t/:tenant/api/v1/addresses…`, under the
 * lease of a job `cassify`. A row says where, never who: the key is made for this one journey.
 */
import * as z from "zod";

export const MAX_ADDRESS_ROWS = 500;

export const AddressPageRequest = z.object({
  jobId: z.string().min(1).max(80),
  leaseToken: z.string().min(1).max(80),
  /** The page's `next` of before; left out for the first. */
  after: z.string().max(400).optional(),
});

export const AddressRow = z.object({
  row_key: z.string(),
  addr1: z.string(),
  addr2: z.string(),
  city: z.string(),
  state: z.string(),
  zip: z.string(),
});
export type AddressRow = z.infer<typeof AddressRow>;

export const AddressPage = z.object({ rows: z.array(AddressRow), next: z.string().optional() });

const Words = (most: number) => z.string().trim().max(most).default("");

/** One address as the service answered it; one that it could not read comes back with its key and little else. */
export const StandardisedRow = z.object({
  row_key: z.string().min(1).max(400),
  addr1: Words(120),
  addr2: Words(120),
  city: Words(80),
  state: Words(2),
  zip5: Words(5),
  zip4: Words(4),
  dp2: Words(2),
  carrier_route: Words(4),
  /** Empty for an address that was presented and not found. */
  dpv: z.enum(["Y", "S", "D", "N", "R", ""]).default(""),
  vacant: z.boolean().default(false),
});
export type StandardisedRow = z.infer<typeof StandardisedRow>;

export const StandardisedPush = z.object({
  jobId: z.string().min(1).max(80),
  leaseToken: z.string().min(1).max(80),
  rows: z.array(z.unknown()).max(MAX_ADDRESS_ROWS),
});

/** `unmatched`: not ours, or the address has changed since. */
export const StandardisedReply = z.object({ applied: z.int(), unmatched: z.int(), rejected: z.int() });
