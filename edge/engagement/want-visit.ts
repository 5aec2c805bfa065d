import type { Context } from "../context.ts";
import type { Reason } from "../reasons.ts";
import { anchorOf, type Candidate } from "./audiences/audience.ts";
import { decideAsk } from "./decide-ask.ts";
import type { Standing, Wanted } from "./diff-wanted.ts";
import type { Rules, Visit, VisitTouch } from "./plan-visits.ts";
import type { LiveNudge, Step } from "./read-nudges.ts";
import { wantCorrection } from "./want-correction.ts";
import { wantStep } from "./want-step.ts";

/** What is wanted about one visit, which rows that has to be compared with, and why one of them would be called off. */
export type VisitPlan = { wanted: Wanted[]; standing: Standing[]; isAsked: boolean; why: (row: Standing) => Reason };

/** Everything that the clinic's settings and its nudges want to say about this visit, as it stands now. */
export function wantForVisit(ctx: Context, visit: Visit, rules: Rules, ledger: VisitTouch[]): VisitPlan {
  const ask = wantAsk(ctx, visit, rules, ledger);
  const isAsked = ask !== null && ask.skip === null;
  const nudges = wantNudges(ctx, visit, rules, ledger);
  // A reminder or a fresh link of a survey stands and falls with the question itself.
  const ofAsk = ledger.filter(
    ({ stepId, kind }) => stepId === null && !APART.includes(kind) && !(ask && kind !== "survey_invite"),
  );
  const correction = wantCorrection(ctx, visit, rules, ledger);
  const standing = [...ofAsk, ...nudges.standing, ...ledger.filter(({ kind }) => kind === "correction")];
  const why = (row: Standing) => nudges.reasons.get(row.id) ?? "visit_changed";
  return {
    wanted: [...(ask ? [ask] : []), ...nudges.wanted, ...(correction ? [correction] : [])],
    standing,
    isAsked,
    why,
  };
}

/** Corrections are compared by themselves; a fresh link to the visit was asked for, and is the gate's to judge. */
const APART = ["correction", "visit_fresh_link"];

/** One question a visit: where it went to somebody whose visit it was not, the link is theirs, and nobody else is asked. */
function wantAsk(ctx: Context, visit: Visit, { templateVersion }: Rules, ledger: VisitTouch[]): Wanted | null {
  const { ask } = ctx.tenant.settings;
  const now = ctx.now();
  if (ledger.some(({ kind, patientId }) => kind === "survey_invite" && patientId !== visit.patientId)) return null;
  const decision = decideAsk(visit, ctx.tenant.settings, now);
  if (!decision.ask && decision.reason !== "too_old") return null;
  return {
    key: `ask:${visit.id}`,
    kind: "survey_invite",
    nudgeId: null,
    stepId: null,
    patientId: visit.patientId,
    appointmentId: visit.id,
    purchaseId: null,
    officeId: visit.officeId,
    channel: "sms",
    templateKey: ask.templateKey,
    templateVersion,
    anchorAt: visit.startsAt,
    dueAt: decision.ask ? decision.dueAt : now,
    notAfterAt: decision.ask ? decision.notAfterAt : now,
    surveyId: ask.surveyId,
    skip: decision.ask ? null : decision.reason,
  };
}

function wantNudges(ctx: Context, visit: Visit, { live, offices }: Rules, ledger: VisitTouch[]) {
  const wanted: Wanted[] = [];
  const standing: Standing[] = [];
  const reasons = new Map<string, Reason>();
  const office = offices.get(visit.officeId);
  for (const each of live.filter(isAboutVisits)) {
    for (const step of each.steps) {
      const rows = ledger.filter(({ stepId }) => stepId === step.id);
      // What was never planned is the next run's business, which looks at the audience as a whole.
      if (rows.length === 0) continue;
      const want = wantStep(each, step, candidateOf(visit), office, ctx.now());
      if ("wanted" in want) wanted.push(want.wanted);
      standing.push(...rows);
      const moved = rows.some(({ anchorAt }) => anchorAt !== anchorOf(candidateOf(visit), step.anchor));
      for (const row of rows) reasons.set(row.id, "out" in want ? want.out : moved ? "visit_moved" : "visit_changed");
    }
  }
  return { wanted, standing, reasons };
}

/** Only what follows from the visit itself can be judged by the visit alone. */
function isAboutVisits({ audience, steps }: LiveNudge): boolean {
  return VISIT_KINDS.has(audience.kind) && steps.every((step: Step) => step.anchor !== "entered_audience");
}

const VISIT_KINDS = new Set(["appointment_reminder", "visit_follow_up"]);

/** The visit as nudges' audiences see it. */
function candidateOf(visit: Visit): Candidate {
  return {
    patientId: visit.patientId,
    officeId: visit.officeId,
    appointmentId: visit.id,
    purchaseId: null,
    subject: visit.id,
    startsAt: visit.startsAt,
    endsAt: visit.endsAt,
    purchasedAt: null,
    status: visit.status,
    confirmedForAt: visit.confirmedForAt,
    wantsAnotherTime: visit.wantsAnotherTime,
    name: visit.serviceType,
    provider: visit.provider,
    timeZone: visit.timeZone,
    state: visit.state,
    phoneZones: visit.phoneZones,
    kind: visit.kind,
    isDeceased: visit.isDeceased,
    doNotContact: visit.doNotContact,
    removedAt: visit.removedAt ?? visit.patientRemovedAt,
  };
}
