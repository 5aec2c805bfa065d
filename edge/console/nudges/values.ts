import { waitingRaise } from "../../engagement/budget-raise.ts";
import type { Nudge, Step } from "../../engagement/read-nudges.ts";

/** What stands in the form: every field by its name, as it was typed. Nothing of it is lost, right or wrong. */
export type Values = Record<string, string>;

const MICROS = 1_000_000;
const MOST_STEPS = 20;

const STEP_DEFAULTS: Values = {
  message: "",
  amount: "24",
  unit: "hours",
  side: "before",
  anchor: "appointment_start",
  at: "09:00",
  quiet: "earlier",
  late: "skip",
  slot: "60",
  lead: "60",
  worth: "4",
};

/** An empty form, with what most nudges want. */
export function newValues(): Values {
  return {
    category: "transactional",
    kind: "appointment_reminder",
    priority: "0",
    holdout: "0",
    maxAudience: "10000",
    ...checked("appointment_reminder.statuses", ["pending", "booked"]),
    ...checked("visit_follow_up.statuses", ["fulfilled"]),
    ...checked("purchase_aggregate.statuses", ["fulfilled"]),
    ...checked("unseen_since.kinds", ["prospect"]),
    "purchase_aggregate.link": "source",
    stepCount: "1",
    ...stepValues(1, STEP_DEFAULTS),
  };
}

/** The form as a stored nudge fills it. */
export function valuesOf(nudge: Nudge, steps: Step[]): Values {
  const { kind: _, ...rest } = newValues();
  const others = Object.entries(rest).filter(([name]) => !name.startsWith(nudge.audienceKind));
  return {
    ...Object.fromEntries(others),
    name: nudge.name,
    code: nudge.code,
    category: nudge.category,
    kind: nudge.audienceKind,
    ...audienceValues(nudge),
    priority: String(nudge.priority),
    holdout: String(nudge.holdoutPercent),
    maxAudience: String(nudge.maxAudience),
    // One that waits for a yes is not lost by another change.
    budget: moneyText((waitingRaise(nudge) ?? { micros: nudge.monthlyBudgetMicros }).micros),
    from: nudge.activeFromOn ?? "",
    to: nudge.activeToOn ?? "",
    version: String(nudge.version),
    stepCount: String(steps.length),
    ...Object.assign({}, ...steps.map((step, index) => stepValues(index + 1, fieldsOf(step, steps)))),
  };
}

function fieldsOf(step: Step, steps: Step[]): Values {
  const offset = step.offsetHours ?? step.offsetDays ?? 0;
  const fallback = steps.findIndex(({ id }) => id === step.fallbackStepId) + 1;
  return {
    message: `${step.channel}:${step.templateKey}`,
    amount: String(Math.abs(offset)),
    unit: step.offsetHours === null ? "days" : "hours",
    side: offset < 0 ? "before" : "after",
    anchor: step.anchor,
    at: step.atLocal ?? "09:00",
    quiet: step.quietRule,
    late: step.latePolicy,
    slot: String(step.slotMinutes),
    lead: String(step.minLeadMinutes),
    worth: String(step.expiresAfterMinutes / 60),
    fallback: fallback > 0 ? String(fallback) : "",
    cost: moneyText(step.unitCostMicros),
    ...(step.hasMediaBuy === 1 && { buy: "on" }),
  };
}

type Range = { from?: number; to?: number };
type Stored = Partial<
  Record<"statuses" | "excludeNames" | "offices" | "providers" | "kinds" | "categories", string[]>
> &
  Partial<Record<"daysAgo" | "lastDaysAgo" | "count" | "totalMicros", Range>> & {
    link?: string | { days: number };
    skipConfirmed?: boolean;
    absent?: { futureAppointment?: boolean; purchaseSinceDays?: number };
  };

function audienceValues({ audienceKind: kind, audience }: Nudge): Values {
  const stored = JSON.parse(audience) as Stored;
  const days = stored.daysAgo ?? stored.lastDaysAgo;
  const { link, absent } = stored;
  const own: Values = {
    excludeNames: (stored.excludeNames ?? []).join("\n"),
    providers: (stored.providers ?? []).join("\n"),
    categories: (stored.categories ?? []).join("\n"),
    daysFrom: text(days?.from),
    daysTo: text(days?.to),
    link: typeof link === "object" ? "days" : (link ?? "source"),
    linkDays: typeof link === "object" ? text(link.days) : "",
    countFrom: text(stored.count?.from),
    countTo: text(stored.count?.to),
    totalFrom: moneyText(stored.totalMicros?.from ?? null),
    totalTo: moneyText(stored.totalMicros?.to ?? null),
    absentDays: text(absent?.purchaseSinceDays),
    ...(absent?.futureAppointment && { absentAhead: "on" }),
    ...(stored.skipConfirmed && { skipConfirmed: "on" }),
  };
  const boxes = (["statuses", "offices", "kinds"] as const).map((name) =>
    checked(`${kind}.${name}`, stored[name] ?? []),
  );
  return Object.assign(prefixed(kind, own), ...boxes);
}

/** The form after one of its own buttons: a step more, or a step less with those behind it moved up. */
export function withStepsChanged(values: Values, pressed: string): Values {
  const count = stepCountOf(values);
  if (pressed === "add-step") {
    if (count >= MOST_STEPS) return values;
    const last = stepOf(values, count);
    return {
      ...values,
      stepCount: String(count + 1),
      ...stepValues(count + 1, { ...STEP_DEFAULTS, anchor: last.anchor ?? "appointment_start" }),
    };
  }
  const gone = Number(pressed.slice("remove-step.".length));
  const kept = Array.from({ length: count }, (_, index) => index + 1).filter((place) => place !== gone);
  const others = Object.entries(values).filter(([name]) => !name.startsWith("step."));
  const moved = kept.map((place, index) => stepValues(index + 1, stepOf(values, place)));
  return { ...Object.fromEntries(others), stepCount: String(kept.length), ...Object.assign({}, ...moved) };
}

export function stepCountOf({ stepCount }: Values): number {
  const count = Number(stepCount);
  return Number.isInteger(count) && count >= 0 ? Math.min(count, MOST_STEPS) : 0;
}

/** One step's fields by their short names; `place` from 1. */
export function stepOf(values: Values, place: number): Values {
  const start = `step.${place}.`;
  const own = Object.entries(values).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(start.length), value]));
}

function stepValues(place: number, step: Values): Values {
  return prefixed(`step.${place}`, step);
}

function prefixed(prefix: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}

function checked(name: string, chosen: readonly string[]): Values {
  return Object.fromEntries(chosen.map((each) => [`${name}.${each}`, "on"]));
}

function text(value: number | undefined): string {
  return value === undefined ? "" : String(value);
}

function moneyText(micros: number | null): string {
  return micros === null ? "" : String(micros / MICROS);
}
