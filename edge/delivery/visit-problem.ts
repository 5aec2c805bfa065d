import type { Context } from "../context.ts";
import { askFacts, decideAsk } from "../engagement/decide-ask.ts";
import { isStillSo } from "../engagement/decide-correction.ts";
import { isOn } from "../engagement/visit-standing.ts";
import type { Reason } from "../reasons.ts";
import type { TouchRow } from "./read-touch-rows.ts";

/** Why what no nudge wants is no reason to write any more; null while it still is. */
export function visitProblem(
  ctx: Context,
  { touches: touch, appointments: visit, patients: person }: TouchRow,
): Reason | null {
  if (!visit) return null;
  // Put right at the source meanwhile: whom this was planned for has nothing to do with the visit.
  if (visit.patientId !== touch.patientId) return "visit_changed";
  if (touch.kind === "correction" || touch.kind === "visit_fresh_link") {
    if (person.isDeceased || person.doNotContact) return person.isDeceased ? "deceased" : "do_not_contact";
    const holds = touch.kind === "correction" ? isStillSo(visit, touch) : isOn(visit) && visit.startsAt > ctx.now();
    return holds ? null : "visit_changed";
  }
  const decision = decideAsk(askFacts(visit, person), ctx.tenant.settings, ctx.now());
  // Age is the expiry gate's business: it knows this touch's own limit.
  return decision.ask || decision.reason === "too_old" ? null : decision.reason;
}
