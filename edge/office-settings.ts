import * as z from "zod";
import { TimeZone } from "./contract/time-zone.ts";
import { LocalTime } from "./local-time.ts";

/** Where an office is: its laws on calling hours hold for people whose own state is not known. */
const State = z.string().regex(/^[A-Z]{2}$/, "expected a state's two letters, such as CO");

/** What every office has: its name, its own clock, the hours in which it may write to people, and the days on which not. */
const OFFICE = {
  name: z.string().min(1),
  timeZone: TimeZone,
  windowOpens: LocalTime.default("09:00"),
  windowCloses: LocalTime.default("20:00"),
  closedDays: z.array(z.iso.date()).default([]),
  state: State.optional(),
};
const opensFirst = ({ windowOpens, windowCloses }: { windowOpens: string; windowCloses: string }) =>
  windowOpens < windowCloses;
const OPENS_FIRST = { error: "expected a window that opens before it closes, on one day", path: ["windowCloses"] };

/** The clinic's one place, or its first. */
export const Office = z.object(OFFICE).refine(opensFirst, OPENS_FIRST);

/** One of several places of a clinic, by the code that its source has for it. */
export const Branch = z
  .object({
    ...OFFICE,
    sourceCode: z.string().min(1).max(100),
    phone: z
      .string()
      .regex(/^\+[1-9]\d{6,14}$/, "expected E.164, such as +12025550101")
      .optional(),
    addressLine: z.string().max(120).optional(),
    city: z.string().max(80).optional(),
    mapUrl: z.url({ protocol: /^https$/ }).optional(),
    /** By weekday, Monday first, such as `9-5`; an empty word for a closed day. */
    openHours: z.array(z.string().max(40)).length(7).optional(),
    /** What the source says its clock is. Only ever compared with the zone. */
    sourceUtcOffsetMinutes: z.int().min(-900).max(900).optional(),
  })
  .refine(opensFirst, OPENS_FIRST);
export type Branch = z.infer<typeof Branch>;
