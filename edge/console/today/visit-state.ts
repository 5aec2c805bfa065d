import type { Context } from "../../context.ts";
import { askFacts, asksAnybody, decideAsk } from "../../engagement/decide-ask.ts";
import { reasonWords } from "../reason-words.ts";
import { touchState } from "../touch-state.ts";
import { kindWords, type State } from "../words.ts";
import type { DayVisit, Pause } from "./read-day.ts";

/** What a front desk sorts a day by; each visit is in just one. */
export const GROUPS = ["to_ask", "asked", "answered", "not_asked", "attention"] as const;
export type Group = (typeof GROUPS)[number];
export type VisitState = State & { group: Group };

/** Where one visit stands, in a front desk's words. The planner's own rule speaks for visits without a message. */
export function visitState(ctx: Context, each: Omit<DayVisit, "askedAt">, pauses: Pause[], now: number): VisitState {
  if (each.answered) return { group: "answered", tone: "ok", label: "answered" };
  const [latest] = each.touches;
  if (latest) return touchState(ctx, latest, pauses, now);
  return asksAnybody(ctx.tenant.settings) ? untouched(ctx, each, now) : unwritten(each, now);
}

function untouched(ctx: Context, { visit, patient }: Pick<DayVisit, "visit" | "patient">, now: number): VisitState {
  const { not } = kindWords("survey_invite");
  const decision = decideAsk(askFacts(visit, patient), ctx.tenant.settings, now);
  if (decision.ask) return { group: "to_ask", tone: "wait", label: "will be asked", detail: "being planned" };
  if (decision.reason === "not_seen") return notSeen(visit.status, visit.phoneProblem);
  return { group: "not_asked", tone: "off", label: `${not}: ${reasonWords(decision.reason).short}` };
}

/** Of a clinic that asks nobody and only reminds: why nothing was said of the visit, as far as the visit itself tells. */
function unwritten({ visit }: Pick<DayVisit, "visit">, now: number): VisitState {
  if (visit.removedAt !== null || visit.status === "cancelled") {
    return { group: "not_asked", tone: "off", label: "no message: cancelled" };
  }
  if (visit.status === "unknown") return { group: "attention", tone: "warn", label: "status not known: no message" };
  if (visit.startsAt <= now) return { group: "not_asked", tone: "off", label: "no message" };
  if (visit.phoneProblem) {
    const why = reasonWords(visit.phoneProblem === "none" ? "no_phone" : "invalid_phone").short;
    return { group: "attention", tone: "warn", label: `cannot be written to: ${why}` };
  }
  return { group: "not_asked", tone: "off", label: "no message so far" };
}

/** A visit that is not over says what will become of it; one that will not be seen says why it is not asked. */
function notSeen(status: DayVisit["visit"]["status"], phoneProblem: string | null): VisitState {
  if (status === "cancelled") return { group: "not_asked", tone: "off", label: "not asked: cancelled" };
  if (status === "noshow") return { group: "not_asked", tone: "off", label: "not asked: did not come" };
  if (status === "entered-in-error") return { group: "not_asked", tone: "off", label: "not asked: entered by mistake" };
  if (status === "unknown") return { group: "attention", tone: "warn", label: "status not known: not asked" };
  if (phoneProblem) {
    const why = reasonWords(phoneProblem === "none" ? "no_phone" : "invalid_phone").short;
    return { group: "attention", tone: "warn", label: `cannot be asked: ${why}` };
  }
  return { group: "to_ask", tone: "wait", label: "will be asked once seen" };
}
