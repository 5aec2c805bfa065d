import type { TouchStatus } from "../../db/schema/engagement.ts";

/** Where a report can move a touch from. A report only moves forward; a final state stays. */
const BEFORE_ACCEPTED: TouchStatus[] = ["claimed", "sending", "unknown", "parked", "planned"];
const MOVES: Record<"accepted" | "sent" | "delivered" | "undelivered" | "failed", TouchStatus[]> = {
  accepted: BEFORE_ACCEPTED,
  sent: [...BEFORE_ACCEPTED, "accepted"],
  delivered: [...BEFORE_ACCEPTED, "accepted", "sent"],
  undelivered: [...BEFORE_ACCEPTED, "accepted", "sent"],
  failed: [...BEFORE_ACCEPTED, "accepted", "sent"],
};

/** Twilio's word → ours; null for words that say nothing new, such as `partially_delivered` or ones yet to come. */
export function statusOf(reported: string): keyof typeof MOVES | null {
  switch (reported) {
    case "accepted":
    case "queued":
    case "sending":
    case "scheduled":
      return "accepted";
    case "sent":
      return "sent";
    case "delivered":
    case "read":
      return "delivered";
    case "undelivered":
      return "undelivered";
    case "failed":
    case "canceled":
      return "failed";
    default:
      return null;
  }
}

/** The states that this report moves on from. */
export function movesFrom(next: keyof typeof MOVES): TouchStatus[] {
  return MOVES[next];
}

/** What the touch is after the report: late and repeated ones change nothing. */
export function advance(current: TouchStatus, reported: string): TouchStatus {
  const next = statusOf(reported);
  return next && MOVES[next].includes(current) ? next : current;
}

export const FINAL: TouchStatus[] = ["delivered", "undelivered", "failed", "skipped", "cancelled", "expired"];
