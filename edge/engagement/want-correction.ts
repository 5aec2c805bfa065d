import type { Context } from "../context.ts";
import { CORRECTIONS, correctionOf, decideCorrection } from "./decide-correction.ts";
import type { Wanted } from "./diff-wanted.ts";
import type { Rules, Visit, VisitTouch } from "./plan-visits.ts";

/** The carrier has it, and nothing says that it did not arrive. */
const TOLD: ReadonlySet<string> = new Set(["accepted", "sent", "delivered"]);
const MINUTE_MS = 60_000;

/**
 * The text or mail that puts right what the patient was last told of this visit, the way it was told, where it no longer
 * holds and the clinic wants that: once for each change, at once, and not after either time. Null where there is nothing
 * to put right.
 */
export function wantCorrection(ctx: Context, visit: Visit, rules: Rules, ledger: VisitTouch[]): Wanted | null {
  if (!ctx.tenant.settings.messages.correctsReminders || isSilent(visit)) return null;
  const now = ctx.now();
  const told = ledger
    .filter((row) => TOLD.has(row.status) && row.patientId === visit.patientId && isAboutTheTime(row))
    .sort((one, other) => other.dueAt - one.dueAt)[0];
  const toldAt = told?.anchorAt ?? null;
  const what = toldAt === null ? null : decideCorrection(visit, toldAt, now);
  if (!told || told.channel === "print" || toldAt === null || !what) return null;
  const templateKey = CORRECTIONS[told.channel][what];
  const version = rules.corrections.get(templateKey);
  if (!version) return null;
  const anchorAt = what === "moved" ? visit.startsAt : toldAt;
  const change = what === "moved" ? Math.floor(visit.startsAt / MINUTE_MS) : what;
  return {
    key: `correction:${visit.id}:${Math.floor(toldAt / MINUTE_MS)}:${change}`,
    kind: "correction",
    nudgeId: null,
    stepId: null,
    patientId: visit.patientId,
    appointmentId: visit.id,
    purchaseId: null,
    officeId: visit.officeId,
    channel: told.channel,
    templateKey,
    templateVersion: version,
    anchorAt,
    dueAt: now,
    notAfterAt: Math.min(toldAt, anchorAt),
    surveyId: null,
    skip: null,
  };
}

function isSilent({ isDeceased, doNotContact, patientRemovedAt }: Visit): boolean {
  return isDeceased === 1 || doNotContact === 1 || patientRemovedAt !== null;
}

/** Something hung on the visit's start, as a reminder is, or a correction that named a new one. */
function isAboutTheTime({ kind, anchor, templateKey }: VisitTouch): boolean {
  return (
    (kind === "nudge" && anchor === "appointment_start") ||
    (kind === "correction" && correctionOf(templateKey) === "moved")
  );
}
