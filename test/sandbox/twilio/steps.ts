import * as z from "zod";

const answerDelayMs = z.number().int().min(0).default(0);

/** What the stand-in does with one attempt to text a number. `answerDelayMs` passes between deciding and answering. */
export const Step = z.discriminatedUnion("does", [
  z.object({
    does: z.literal("accept"),
    answerDelayMs,
    /** How the caller learns of it: properly, never, by a reset, by a 5xx, or one byte at a time. */
    answers: z.enum(["properly", "never", "reset", "failure", "drip"]).default("properly"),
    failStatus: z.number().int().min(500).max(599).default(500),
    dripEveryMs: z.number().int().min(1).default(50),
    /** Where the message ends; `errorCode` travels in the callback, as 30003 or 30034 do. */
    ends: z.enum(["queued", "sending", "sent", "delivered", "undelivered", "failed"]).default("delivered"),
    errorCode: z.number().int().optional(),
  }),
  z.object({
    does: z.literal("refuse"),
    answerDelayMs,
    httpStatus: z.number().int().min(400).max(599),
    code: z.number().int().optional(),
    retryAfterSeconds: z.number().int().optional(),
  }),
  z.object({ does: z.literal("hang"), answerDelayMs }),
  z.object({ does: z.literal("reset"), answerDelayMs }),
]);
export type Step = z.output<typeof Step>;

/** The faults by name, so that a drill reads as a sentence: `script("+12025550101", "accept-then-hang", "accept")`. */
export const STEPS = {
  accept: { does: "accept" },
  "accept-then-hang": { does: "accept", answers: "never" },
  "accept-then-reset": { does: "accept", answers: "reset" },
  "accept-then-500": { does: "accept", answers: "failure" },
  "accept-slowly": { does: "accept", answers: "drip" },
  hang: { does: "hang" },
  reset: { does: "reset" },
  "500": { does: "refuse", httpStatus: 500 },
  "502": { does: "refuse", httpStatus: 502 },
  "503": { does: "refuse", httpStatus: 503 },
  "504": { does: "refuse", httpStatus: 504 },
  "429": { does: "refuse", httpStatus: 429 },
  "429-retry-after": { does: "refuse", httpStatus: 429, retryAfterSeconds: 2 },
  "invalid-number": { does: "refuse", httpStatus: 400, code: 21211 },
  "opted-out": { does: "refuse", httpStatus: 400, code: 21610 },
  landline: { does: "refuse", httpStatus: 400, code: 21614 },
  "wrong-password": { does: "refuse", httpStatus: 401, code: 20003 },
  unreachable: { does: "accept", ends: "undelivered", errorCode: 30003 },
  "unknown-handset": { does: "accept", ends: "undelivered", errorCode: 30005 },
  filtered: { does: "accept", ends: "undelivered", errorCode: 30007 },
  "unregistered-sender": { does: "accept", ends: "undelivered", errorCode: 30034 },
} as const satisfies Record<string, z.input<typeof Step>>;

const NamedStep = z.enum(Object.keys(STEPS) as (keyof typeof STEPS)[]).transform((name) => Step.parse(STEPS[name]));

/** One scripted step as callers write it: a name of `STEPS` or the whole object. */
export const StepInput = z.union([NamedStep, Step]);
export type StepInput = z.input<typeof StepInput>;
