import type { StatusName } from "./account.ts";

/** What becomes of one message, and how the caller hears of it. */
export type Step =
  | {
      does: "accept";
      answers?: "properly" | "never" | "reset" | "failure" | "nonsense";
      ends?: StatusName;
      /** The error's name in report and logs. */
      error?: string;
    }
  | { does: "reject"; status: StatusName }
  | { does: "refuse"; httpStatus: number; retryAfterSeconds?: number }
  | { does: "hang" }
  | { does: "reset" };

/** The faults by name: `script("+12025550101", "accept-then-reset", "accept")`. */
export const STEPS = {
  accept: { does: "accept" },
  "accept-then-hang": { does: "accept", answers: "never" },
  "accept-then-reset": { does: "accept", answers: "reset" },
  "accept-then-500": { does: "accept", answers: "failure" },
  "accept-then-nonsense": { does: "accept", answers: "nonsense" },
  hang: { does: "hang" },
  reset: { does: "reset" },
  "400": { does: "refuse", httpStatus: 400 },
  "401": { does: "refuse", httpStatus: 401 },
  "429": { does: "refuse", httpStatus: 429 },
  "429-retry-after": { does: "refuse", httpStatus: 429, retryAfterSeconds: 2 },
  "500": { does: "refuse", httpStatus: 500 },
  "503": { does: "refuse", httpStatus: 503 },
  "no-credits": { does: "reject", status: "REJECTED_NOT_ENOUGH_CREDITS" },
  blocklisted: { does: "reject", status: "REJECTED_DESTINATION" },
  "invalid-number": { does: "reject", status: "REJECTED_PREFIX_MISSING" },
  flooding: { does: "reject", status: "REJECTED_FLOODING_FILTER" },
  "system-error": { does: "reject", status: "REJECTED_SYSTEM_ERROR" },
  "phone-off": { does: "accept", ends: "EXPIRED_EXPIRED", error: "EC_ABSENT_SUBSCRIBER" },
  "unknown-number": { does: "accept", ends: "UNDELIVERABLE_NOT_DELIVERED", error: "EC_UNKNOWN_SUBSCRIBER" },
} as const satisfies Record<string, Step>;
export type StepName = keyof typeof STEPS;
