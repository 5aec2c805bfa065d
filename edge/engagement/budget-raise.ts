import * as z from "zod";
import type { Nudge } from "./read-nudges.ts";

/** A higher budget that waits for a second person's yes: micros a month, null for none, and who asked for it. */
const BudgetRaise = z.object({ micros: z.number().nullable(), by: z.string() });
type BudgetRaise = z.infer<typeof BudgetRaise>;

/** The higher budget that waits for a yes, if one does. */
export function waitingRaise({ budgetRaise }: Pick<Nudge, "budgetRaise">): BudgetRaise | null {
  return budgetRaise === null ? null : BudgetRaise.parse(JSON.parse(budgetRaise));
}

/**
 * What is kept of a wanted budget (micros a month, null for none). One higher than the nudge has, where the nudge had a
 * second person's yes, waits for another yes, and the old one counts meanwhile; whoever asked for it first stays the one
 * who asked. Of another budget it is told anew.
 */
export function budgetOf(before: Nudge | undefined, wantedMicros: number | null, by: string) {
  const had = before?.monthlyBudgetMicros ?? null;
  if (before && needsYes(before, wantedMicros)) {
    const waiting = waitingRaise(before);
    const raise: BudgetRaise = { micros: wantedMicros, by: waiting?.micros === wantedMicros ? waiting.by : by };
    return { monthlyBudgetMicros: had, budgetRaise: JSON.stringify(raise), budgetTold: before.budgetTold };
  }
  const budgetTold = before && had === wantedMicros ? before.budgetTold : null;
  return { monthlyBudgetMicros: wantedMicros, budgetRaise: null, budgetTold };
}

function needsYes({ monthlyBudgetMicros: had, approvedBy, status }: Nudge, wantedMicros: number | null): boolean {
  const isHigher = had !== null && (wantedMicros === null || wantedMicros > had);
  return isHigher && approvedBy !== null && (status === "active" || status === "paused");
}
