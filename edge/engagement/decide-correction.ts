import type { AppointmentStatus } from "../tenant-settings.ts";

/** A visit as far as it matters for whether what was said of it still holds. Times are epoch ms. */
export type ToldVisit = {
  status: AppointmentStatus | "unknown";
  startsAt: number;
  removedAt: number | null;
  removedReason: string | null;
};

/** The wordings of corrections, by what they say. */
export const CORRECTIONS = { moved: "visit-moved", cancelled: "visit-cancelled" } as const;
export type Correction = keyof typeof CORRECTIONS;

/**
 * What has to be put right for somebody who was told that the visit begins at `toldAt`: nothing once that time has come.
 * A visit that is merely missing from a reading is not said to be cancelled: the source has not said so. Pure.
 */
export function decideCorrection(visit: ToldVisit, toldAt: number, now: number): Correction | null {
  if (toldAt <= now) return null;
  if (isCancelled(visit)) return "cancelled";
  return isOn(visit) && visit.startsAt !== toldAt && visit.startsAt > now ? "moved" : null;
}

/** Whether a correction that waits is still true, when it is about to leave. */
export function isStillSo(
  visit: ToldVisit,
  { templateKey, anchorAt }: { templateKey: string; anchorAt: number | null },
) {
  if (templateKey === CORRECTIONS.cancelled) return isCancelled(visit);
  return isOn(visit) && visit.startsAt === anchorAt;
}

/** In the source's own words: what a reading only missed is removed without them. */
function isCancelled({ status, removedAt, removedReason }: ToldVisit): boolean {
  return (status === "cancelled" && removedAt === null) || removedReason === "source_cancelled";
}

function isOn({ status, removedAt }: ToldVisit): boolean {
  return removedAt === null && (status === "pending" || status === "booked");
}
