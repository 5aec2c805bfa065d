import * as z from "zod";

/** Days with their bounds. The least is what the desk itself, or a law, still needs; the most is a guard against "for ever". */
function days(least: number, most: number, usual: number) {
  return z.int().min(least).max(most).default(usual);
}

/**
 * For how many days each kind of record is kept. What is not in here is kept for good (consents, opt-outs, the audit) or
 * has a limit of its own in the code: `docs/privacy.md` says which, and why each bound is what it is.
 */
export const Retention = z
  .strictObject({
    /** Schedule chunks, posts of providers and what could not be handled, as they came. */
    rawMessages: days(7, 365, 30),
    /** What patients texted: the words go, the row stays, or a captured START could be said once more. */
    texts: days(30, 2_555, 730),
    /** Reports look back 52 weeks. */
    answers: days(400, 3_650, 1_095),
    /** Hand-overs, delivery reports, and by which number a message went. */
    deliveries: days(180, 2_555, 730),
    /** Visits and purchases with their messages, invites and calls; people with the last of theirs. */
    visits: days(730, 7_300, 2_555),
    /** Of people whom their source has removed, and of whom nothing else is left. */
    people: days(30, 7_300, 365),
    changes: days(30, 2_555, 730),
    /** The address as it went to a printer. */
    mailedAddresses: days(60, 2_555, 365),
    /** Runs, jobs, readings, imports and settled alarms: counts and codes. */
    runs: days(60, 730, 180),
  })
  .prefault({});
export type Retention = z.infer<typeof Retention>;
export type RetentionKind = keyof Retention;
