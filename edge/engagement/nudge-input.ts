import * as z from "zod";
import { CATEGORIES } from "../../db/schema/nudges.ts";
import { LocalTime } from "../local-time.ts";

const MAX_MINUTES = 60 * 24 * 60;

const SaveStep = z
  .strictObject({
    channel: z.enum(["sms", "mail", "print"]),
    anchor: z.enum(["appointment_start", "appointment_end", "purchase", "entered_audience"]),
    offsetHours: z.int().min(-336).max(24_000).optional(),
    offsetDays: z.int().min(-366).max(3_660).optional(),
    atLocal: LocalTime.optional(),
    slotMinutes: z.int().min(1).max(1440).default(60),
    latePolicy: z.enum(["skip", "send"]).default("skip"),
    minLeadMinutes: z.int().min(0).max(MAX_MINUTES).default(0),
    quietRule: z.enum(["earlier", "later", "drop"]).default("later"),
    expiresAfterMinutes: z.int().min(1).max(MAX_MINUTES).default(240),
    template: z.string().min(1),
    /** Place in the list, from 1, of the step that is tried when this one cannot reach the person. */
    fallback: z.int().min(1).optional(),
    hasMediaBuy: z.boolean().default(false),
    unitCostMicros: z.int().min(0).optional(),
  })
  .refine(
    ({ offsetHours, offsetDays, atLocal }) =>
      offsetHours === undefined ? offsetDays !== undefined && atLocal !== undefined : !(offsetDays || atLocal),
    { error: "expected either offsetHours, or offsetDays with atLocal", path: ["offsetHours"] },
  );

/** A nudge as the operator and the console write it. Money in micros; days are the clinic's. */
export const SaveNudge = z.strictObject({
  // Not "new": that is the form's own address.
  code: z.string().regex(/^(?!new$)[a-z][a-z0-9_-]{1,40}$/, "expected a short name such as reminder-day-before"),
  name: z.string().min(1).max(80),
  category: z.enum(CATEGORIES),
  /** `kind` and that kind's own settings. Data, never a query. */
  audience: z.looseObject({ kind: z.string() }),
  steps: z.array(SaveStep).min(1).max(20),
  priority: z.int().min(0).max(1000).default(0),
  holdoutPercent: z.int().min(0).max(50).default(0),
  maxAudience: z.int().min(1).max(200_000).default(10_000),
  monthlyBudgetMicros: z.int().min(0).optional(),
  activeFromOn: z.iso.date().optional(),
  activeToOn: z.iso.date().optional(),
});
export type SaveNudge = z.infer<typeof SaveNudge>;
