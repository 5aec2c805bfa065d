import type { TouchStatus } from "../../db/schema/engagement.ts";
import type { Step } from "./channel.ts";

/** Where a report can move a touch from. A report only moves forward; a final state stays. */
const BEFORE_ACCEPTED: TouchStatus[] = ["claimed", "sending", "unknown", "parked", "planned"];
const MOVES: Record<Step, TouchStatus[]> = {
  accepted: BEFORE_ACCEPTED,
  sent: [...BEFORE_ACCEPTED, "accepted"],
  delivered: [...BEFORE_ACCEPTED, "accepted", "sent"],
  undelivered: [...BEFORE_ACCEPTED, "accepted", "sent"],
  failed: [...BEFORE_ACCEPTED, "accepted", "sent"],
};

/** The states that this report moves on from. */
export function movesFrom(next: Step): TouchStatus[] {
  return MOVES[next];
}

/** What the touch is after the report: late and repeated ones change nothing. */
export function advance(current: TouchStatus, next: Step | null): TouchStatus {
  return next && MOVES[next].includes(current) ? next : current;
}

export const FINAL: TouchStatus[] = ["delivered", "undelivered", "failed", "skipped", "cancelled", "expired"];
