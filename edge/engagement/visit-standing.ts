import type { AppointmentStatus } from "../tenant-settings.ts";

/** A visit as far as it matters for whether what was said of it still holds. Times are epoch ms. */
export type StandingVisit = {
  status: AppointmentStatus | "unknown";
  startsAt: number;
  removedAt: number | null;
  removedReason: string | null;
};

/** Whether it is called off in the source's own words: what a reading only missed is removed without them. */
export function isCancelled({ status, removedAt, removedReason }: StandingVisit): boolean {
  return (status === "cancelled" && removedAt === null) || removedReason === "source_cancelled";
}

/** Whether the patient is expected. */
export function isOn({ status, removedAt }: Pick<StandingVisit, "status" | "removedAt">): boolean {
  return removedAt === null && (status === "pending" || status === "booked");
}

/** Whether the patient confirmed it, for the very time at which it stands: a moved visit is not confirmed. */
export function isConfirmed({ confirmedForAt, startsAt }: { confirmedForAt: number | null; startsAt: number | null }) {
  return confirmedForAt !== null && confirmedForAt === startsAt;
}
