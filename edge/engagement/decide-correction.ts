import { isCancelled, isOn, type StandingVisit } from "./visit-standing.ts";

/** The wordings of corrections, by how the patient was told and by what they say. Nobody puts a letter right by letter. */
export const CORRECTIONS = {
  sms: { moved: "visit-moved", cancelled: "visit-cancelled" },
  mail: { moved: "visit-moved-mail", cancelled: "visit-cancelled-mail" },
} as const;
export type Correction = keyof (typeof CORRECTIONS)["sms"];

/** What a correction's wording says; null for any other wording. */
export function correctionOf(templateKey: string): Correction | null {
  const said = (what: Correction) => Object.values(CORRECTIONS).some((keys) => keys[what] === templateKey);
  return (["moved", "cancelled"] as const).find(said) ?? null;
}

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
  if (correctionOf(templateKey) === "cancelled") return isCancelled(visit);
  return isOn(visit) && visit.startsAt === anchorAt;
}
