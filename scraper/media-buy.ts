import * as z from "zod";

const Shown = z.union([z.number(), z.literal("too few")]).nullable();
const Estimate = z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable();

/** A media buy as the edge tells the operator of it: sums in micros of its currency. */
export const MediaBuyDocument = z.looseObject({
  id: z.string(),
  name: z.string(),
  nudge: z.string(),
  status: z.string(),
  vendor: z.string(),
  currency: z.string(),
  recipients: z.looseObject({
    mailed: z.int(),
    holdout: z.int(),
    suppressed: z.int(),
    fulfilled: z.int(),
    returned: z.int(),
  }),
  quotedMicros: z.number(),
  totalMicros: z.number(),
  perRecipientMicros: z.number().nullable(),
  responses: Shown,
  revenueMicros: Shown,
  roi: Shown,
  incrementalRoi: Estimate,
});

/** `365.00 USD`, or why it is not said. */
export function amount(micros: z.infer<typeof Shown>, currency: string): string {
  if (micros === null) return "-";
  return micros === "too few" ? micros : `${(micros / 1e6).toFixed(2)} ${currency}`;
}
