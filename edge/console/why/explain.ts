import type { touches } from "../../../db/schema/engagement.ts";
import type { appointments, patients } from "../../../db/schema/people.ts";
import type { GateName, Verdict } from "../../delivery/gate.ts";
import { askFacts, decideAsk } from "../../engagement/decide-ask.ts";
import type { Reason } from "../../reasons.ts";
import type { TenantSettings } from "../../tenant-settings.ts";
import { reasonWords } from "../reason-words.ts";
import { GATE_WORDS, RULE_WORDS } from "../words.ts";

type Visit = typeof appointments.$inferSelect;
type Patient = typeof patients.$inferSelect;
type Touch = typeof touches.$inferSelect;
type RuleReason = keyof typeof RULE_WORDS;

/** One line of an explanation: what was made sure of, and how it came out. `after` was not asked any more. */
export type Check = { outcome: "yes" | "no" | "hold" | "after"; words: string; detail: string };

/**
 * Everything that the rule of whom to ask has for and against this visit. The rule itself names only its first
 * objection; each is set right in turn and the same rule asked again, so that this can say no other than the planner.
 */
export function ruleChecks(visit: Visit, patient: Patient, settings: TenantSettings, now: number): Check[] {
  const objections = new Set<RuleReason>();
  let seen: Parameters<typeof decideAsk>[0] = askFacts(visit, patient);
  for (const _ of Object.keys(RULE_WORDS)) {
    const decision = decideAsk(seen, settings, now);
    if (decision.ask) break;
    objections.add(decision.reason);
    seen = setRight(seen, decision.reason, settings, now);
  }
  return Object.entries(RULE_WORDS).map(([reason, words]) => {
    const isMet = !objections.has(reason as RuleReason);
    return { outcome: isMet ? "yes" : "no", words, detail: isMet ? "" : detailOf(reason as RuleReason, visit) };
  });
}

function setRight<Facts extends Parameters<typeof decideAsk>[0]>(
  visit: Facts,
  reason: RuleReason,
  { ask }: TenantSettings,
  now: number,
): Facts {
  switch (reason) {
    case "removed":
      return { ...visit, removedAt: null, patientRemovedAt: null };
    case "deceased":
      return { ...visit, isDeceased: 0 };
    case "do_not_contact":
      return { ...visit, doNotContact: 0 };
    case "not_seen":
      return { ...visit, status: "fulfilled" };
    case "other_provider":
      return { ...visit, provider: ask.providers[0] ?? visit.provider };
    case "other_type":
      return { ...visit, serviceType: ask.serviceTypes[0] ?? visit.serviceType };
    case "too_old":
      return { ...visit, startsAt: now };
  }
}

function detailOf(reason: RuleReason, visit: Visit): string {
  const sentence = reasonWords(reason).long;
  if (reason === "not_seen") return `The schedule says “${visit.sourceStatus}”.`;
  if (reason === "other_provider") return `${sentence} (${visit.provider})`;
  if (reason === "other_type") return `${sentence} (${visit.serviceType})`;
  return sentence;
}

/** The gates' verdicts as they stand now, in words. */
export function gateChecks(verdicts: Verdict[]): Check[] {
  return verdicts.map((verdict) => {
    const words = GATE_WORDS[verdict.gate];
    if (verdict.pass) return { outcome: "yes", words, detail: "" };
    const { long } = reasonWords(verdict.reason);
    return { outcome: verdict.action === "defer" ? "hold" : "no", words, detail: long };
  });
}

/** Which gate gives which reason; the others come from elsewhere. */
const GATE_OF: Partial<Record<Reason, GateName>> = {
  not_active: "pause",
  paused: "pause",
  removed: "visit",
  deceased: "visit",
  do_not_contact: "visit",
  not_seen: "visit",
  other_provider: "visit",
  other_type: "visit",
  already_confirmed: "visit",
  wants_another_time: "visit",
  too_old: "expiry",
  provider_down: "expiry",
  data_too_old: "dataAge",
  opted_out: "optOut",
  no_phone: "reachable",
  invalid_phone: "reachable",
  landline: "reachable",
  unreachable: "reachable",
  no_address: "reachable",
  address_incomplete: "reachable",
  address_not_found: "reachable",
  address_not_deliverable: "reachable",
  address_vacant: "reachable",
  unit_missing: "reachable",
  letter_returned: "reachable",
  already_answered: "answered",
  already_texted: "cap",
  cap_reached: "cap",
  ceiling_reached: "cap",
  another_first: "cap",
  closed_day: "closedDay",
  quiet_hours: "quietHours",
  budget: "budget",
  missing_field: "fields",
  not_on_allow_list: "allowList",
};

/**
 * What the gates said when this message ended, from the reason that was recorded: they are asked in a fixed order and
 * the first objection decides, so those before it passed and those after it were not asked. Empty when no gate ended it.
 */
export function recordedChecks(touch: Touch): Check[] {
  const gate = GATE_OF[touch.reason as Reason];
  if (!gate || !["skipped", "cancelled", "expired", "parked"].includes(touch.status)) return [];
  const order = Object.keys(GATE_WORDS) as GateName[];
  const place = order.indexOf(gate);
  return order.map((name, index) => {
    const outcome = index < place ? "yes" : index === place ? "no" : "after";
    return { outcome, words: GATE_WORDS[name], detail: index === place ? reasonWords(touch.reason).long : "" };
  });
}
