import type { Reason } from "../reasons.ts";
import { hoursFor } from "../send-hours.ts";
import { anchorOf, type Candidate } from "./audiences/audience.ts";
import type { Wanted } from "./diff-wanted.ts";
import type { LiveNudge, OfficeWindow, Step } from "./read-nudges.ts";
import { stepTiming } from "./step-time.ts";

export type Want = { wanted: Wanted } | { out: Reason } | { later: true };

/**
 * What this step wants to say to this candidate, seen from `now` (epoch ms): a message, a recorded "no" (a late booking,
 * the hold-out), or nothing: not in the audience, an office that is not at work, or its time is not near. `timingOf` is
 * another for what is said in another step's place. Pure: plan, preview and explanation use it.
 */
export function wantStep(
  live: LiveNudge,
  step: Step,
  candidate: Candidate,
  office: OfficeWindow | undefined,
  now: number,
  timingOf = stepTiming,
): Want {
  if (office?.status !== "active") return { out: "not_active" };
  const membership = live.audience.decide(candidate, now);
  if (!membership.in) return { out: membership.reason };
  const isEntering = step.anchor === "entered_audience";
  const anchorAt = isEntering ? now : anchorOf(candidate, step.anchor);
  if (anchorAt === null) return { out: "not_in_audience" };
  const hours = hoursFor(office, candidate, { category: live.nudge.category, channel: step.channel });
  const timing = timingOf(step, anchorAt, office.timeZone, hours, now);
  if (timing.when === "later") return { later: true };
  const times = timing.when === "due" ? timing : { dueAt: now, notAfterAt: now };
  const skip = timing.when === "never" ? timing.reason : isHeldOut(live, candidate) ? ("holdout" as const) : null;
  return {
    wanted: {
      key: touchKey(step, candidate, isEntering ? null : anchorAt),
      kind: "nudge",
      nudgeId: live.nudge.id,
      stepId: step.id,
      patientId: candidate.patientId,
      appointmentId: candidate.appointmentId,
      purchaseId: candidate.purchaseId,
      officeId: candidate.officeId,
      channel: step.channel,
      templateKey: step.templateKey,
      templateVersion: step.templateVersion,
      anchorAt: isEntering ? null : anchorAt,
      dueAt: times.dueAt,
      notAfterAt: times.notAfterAt,
      surveyId: null,
      skip,
    },
  };
}

const MINUTE_MS = 60_000;

/** One message a step, person, subject and minute of the anchor: a moved visit is a new one, a repeated run is not. */
function touchKey(step: Step, candidate: Candidate, anchorAt: number | null): string {
  const minute = anchorAt === null ? "once" : Math.floor(anchorAt / MINUTE_MS);
  return `${step.id}:${candidate.patientId}:${candidate.subject}:${minute}`;
}

/** The same people for the life of a nudge, and others for the next one: by the random ends of both ids. */
function isHeldOut({ nudge }: LiveNudge, { patientId }: Candidate): boolean {
  if (nudge.holdoutPercent === 0) return false;
  const draw = (Number.parseInt(patientId.slice(-6), 16) ^ Number.parseInt(nudge.id.slice(-6), 16)) % 100;
  return draw < nudge.holdoutPercent;
}
