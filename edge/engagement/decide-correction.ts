import { isCancelled, isOn, type StandingVisit } from "./visit-standing.ts";

/** The wordings of corrections, by what they say. */
export const CORRECTIONS = { moved: "visit-moved", cancelled: "visit-cancelled" } as const;
export type Correction = keyof typeof CORRECTIONS;

/**
 * What has to be put right for somebody who was told that the visit begins at `toldAt`: nothing once that time has come.
 * A visit that is merely missing from a reading is not said to be cancelled: the source has not said so. Pure.
 */
export function decideCorrection(visit: StandingVisit, toldAt: number, now: number): Correction | null {
  if (toldAt <= now) return null;
  if (isCancelled(visit)) return "cancelled";
  return isOn(visit) && visit.startsAt !== toldAt && visit.startsAt > now ? "moved" : null;
}

/** Whether a correction that waits is still true, when it is about to leave. */
export function isStillSo(
  visit: StandingVisit,
  { templateKey, anchorAt }: { templateKey: string; anchorAt: number | null },
) {
  if (templateKey === CORRECTIONS.cancelled) return isCancelled(visit);
  return isOn(visit) && visit.startsAt === anchorAt;
}
