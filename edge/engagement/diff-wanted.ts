import type { TouchStatus } from "../../db/schema/engagement.ts";
import type { Reason } from "../reasons.ts";

/** A message that, by the rules as they stand, should be on its way. Times are epoch ms. */
export type Wanted = {
  /** What it is about: the same message wanted twice has the same key. */
  key: string;
  kind: string;
  nudgeId: string | null;
  stepId: string | null;
  patientId: string;
  appointmentId: string | null;
  purchaseId: string | null;
  officeId: string;
  channel: "sms" | "mail" | "print";
  templateKey: string;
  templateVersion: number;
  anchorAt: number | null;
  dueAt: number;
  notAfterAt: number;
  /** The survey that its link leads to; null for a message without one. */
  surveyId: string | null;
  /** Recorded, but not to be said: the reason why. */
  skip: Reason | null;
  /** What it is expected to cost, in micros, where that is known when it is planned. */
  estimateMicros?: number;
  /** The touch in whose place it is said. */
  standsInFor?: string;
};

/** What is already written down about the same subjects. */
export type Standing = {
  id: string;
  key: string;
  status: TouchStatus;
  reason: Reason | null;
  attemptCount: number;
  channel: Wanted["channel"];
  templateKey: string;
  templateVersion: number;
  anchorAt: number | null;
  dueAt: number;
};

export type Diff = {
  insert: Wanted[];
  /** Was called off for the subject's sake before anything left; wanted again. */
  revive: { id: string; wanted: Wanted }[];
  /** Same message, other time. */
  retime: { id: string; wanted: Wanted }[];
  /** Same message, other words or channel. */
  replace: { id: string; wanted: Wanted }[];
  /** Not wanted any more. */
  cancel: Standing[];
  /** Wanted again by a repeated run, and standing as it should. */
  unchanged: number;
};

/** Why a touch may have been called off that a subject put right again brings back: the desk's own slip, or the source's. */
const CALLED_OFF: ReadonlySet<Reason | null> = new Set<Reason>([
  "visit_changed",
  "visit_moved",
  "removed",
  "not_seen",
  "other_provider",
  "other_type",
  "not_in_audience",
  "nudge_stopped",
  "already_confirmed",
  "wants_another_time",
  "not_active",
]);

/** Put off by the gate until a better time: the planner's own time must not undo that. */
const PUT_OFF: ReadonlySet<Reason | null> = new Set<Reason>([
  "quiet_hours",
  "closed_day",
  "throttled",
  "data_too_old",
  "cap_reached",
  "ceiling_reached",
  "another_first",
]);

/**
 * What has to change so that what is planned is what is wanted. Pure and deterministic. Only what still waits is ever
 * moved or called off; what was handed over stays as it is, whatever is wanted now. `standing` holds every row of the
 * subjects looked at: one that waits and is not wanted any more is cancelled.
 */
export function diffWanted(wanted: Wanted[], standing: Standing[], now: number): Diff {
  const diff: Diff = { insert: [], revive: [], retime: [], replace: [], cancel: [], unchanged: 0 };
  const byKey = new Map(standing.map((row) => [row.key, row]));
  const keys = new Set<string>();
  for (const each of wanted) {
    if (keys.has(each.key)) continue;
    keys.add(each.key);
    const row = byKey.get(each.key);
    if (!row) diff.insert.push(each);
    else if (row.status === "planned") compare(diff, row, each, now);
    else if (isCalledOff(row) && each.skip === null) diff.revive.push({ id: row.id, wanted: each });
    else diff.unchanged += 1;
  }
  diff.cancel = standing.filter((row) => row.status === "planned" && !keys.has(row.key));
  return diff;
}

/** The messages that the diff gives a time or a channel: what they cost is reckoned with that. */
export function placedBy({ insert, revive, retime, replace }: Diff): Wanted[] {
  return [...insert, ...[...revive, ...retime, ...replace].map(({ wanted }) => wanted)];
}

function compare(diff: Diff, row: Standing, wanted: Wanted, now: number): void {
  // Planned in time: that it is late by now is the gate's business, which lets it expire.
  if (wanted.skip !== null) diff.unchanged += 1;
  else if (isReworded(row, wanted)) diff.replace.push({ id: row.id, wanted });
  else if (isMoved(row, wanted, now)) diff.retime.push({ id: row.id, wanted });
  else diff.unchanged += 1;
}

function isReworded(row: Standing, wanted: Wanted): boolean {
  return (
    row.channel !== wanted.channel ||
    row.templateKey !== wanted.templateKey ||
    row.templateVersion !== wanted.templateVersion
  );
}

function isMoved(row: Standing, wanted: Wanted, now: number): boolean {
  // Without an instant to hang on (who entered an audience), the first reckoning stands.
  if (wanted.anchorAt === null) return false;
  if (row.anchorAt !== wanted.anchorAt) return true;
  return Math.min(row.dueAt, wanted.dueAt) > now && row.dueAt !== wanted.dueAt && !PUT_OFF.has(row.reason);
}

function isCalledOff(row: Standing): boolean {
  return row.status === "cancelled" && row.attemptCount === 0 && CALLED_OFF.has(row.reason);
}
