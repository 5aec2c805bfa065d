import * as z from "zod";

/** Where a letter goes, as the post office writes it; whole, or it is none. */
export const LetterAddress = z.object({
  line1: z.string().regex(/^(\d|PO BOX |RR |HC |PSC |GENERAL DELIVERY)/),
  line2: z.string().default(""),
  city: z.string().min(1),
  state: z.string().regex(/^[A-Z]{2}$/),
  zip5: z.string().regex(/^\d{5}$/),
  zip4: z.string().default(""),
  deliveryPoint: z.string().default(""),
  carrierRoute: z.string().default(""),
});

/** All that the printer is told of one piece besides its reference: whom it goes to and what stands on it. */
export const Letter = LetterAddress.extend({ name: z.string(), headline: z.string(), message: z.string() });
export type Letter = z.infer<typeof Letter>;
