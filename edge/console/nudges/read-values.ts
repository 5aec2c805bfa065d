import type { FieldProblem } from "../../errors.ts";
import { stepCountOf, stepOf, type Values } from "./values.ts";

const MICROS = 1_000_000;

/** The nudge that the form describes, not checked yet: what is no number stays none, for the check to name. */
export function nudgeOf(values: Values): Record<string, unknown> {
  return {
    code: values.code ?? "",
    name: values.name ?? "",
    category: values.category,
    audience: audienceOf(values),
    steps: Array.from({ length: stepCountOf(values) }, (_, index) => stepInput(stepOf(values, index + 1))),
    priority: number(values.priority) ?? 0,
    holdoutPercent: number(values.holdout) ?? 0,
    maxAudience: number(values.maxAudience),
    monthlyBudgetMicros: micros(values.budget),
    activeFromOn: values.from || undefined,
    activeToOn: values.to || undefined,
  };
}

function audienceOf(values: Values): Record<string, unknown> {
  const kind = values.kind ?? "";
  const at = (name: string) => values[`${kind}.${name}`] ?? "";
  const some = (list: string[]) => (list.length > 0 ? list : undefined);
  const ticked = (name: string) => {
    const start = `${kind}.${name}.`;
    return Object.keys(values).flatMap((each) => (each.startsWith(start) ? each.slice(start.length) : []));
  };
  const visits = {
    statuses: ticked("statuses"),
    excludeNames: lines(at("excludeNames")),
    offices: some(ticked("offices")),
    providers: some(lines(at("providers"))),
  };
  const days = { from: number(at("daysFrom")), to: number(at("daysTo")) };
  if (kind === "unseen_since") return { kind, daysAgo: days, kinds: ticked("kinds") };
  if (kind === "appointment_reminder") return { kind, ...visits, skipConfirmed: at("skipConfirmed") === "on" };
  if (kind !== "purchase_aggregate") return { kind, ...visits };
  const range = (from: number | undefined, to: number | undefined) =>
    from === undefined && to === undefined ? undefined : { from, to };
  return {
    kind,
    lastDaysAgo: days,
    link: at("link") === "days" ? { days: number(at("linkDays")) } : at("link"),
    statuses: ticked("statuses"),
    categories: some(lines(at("categories"))),
    count: range(number(at("countFrom")), number(at("countTo"))),
    totalMicros: range(micros(at("totalFrom")), micros(at("totalTo"))),
    absent: { futureAppointment: at("absentAhead") === "on", purchaseSinceDays: number(at("absentDays")) },
  };
}

function stepInput(step: Values): Record<string, unknown> {
  const [channel, template = ""] = (step.message ?? "").split(/:(.*)/s);
  const amount = number(step.amount);
  // Zero has no side; a minus zero would be none of the numbers that are stored.
  const offset = amount === undefined || amount === 0 ? amount : step.side === "before" ? -amount : amount;
  const isDays = step.unit === "days";
  const worth = number(step.worth);
  return {
    channel,
    template,
    anchor: step.anchor,
    ...(isDays ? { offsetDays: offset, atLocal: step.at } : { offsetHours: offset }),
    slotMinutes: number(step.slot),
    latePolicy: step.late,
    minLeadMinutes: number(step.lead) ?? 0,
    quietRule: step.quiet,
    expiresAfterMinutes: worth === undefined ? undefined : Math.round(worth * 60),
    fallback: number(step.fallback),
    hasMediaBuy: step.buy === "on",
    unitCostMicros: micros(step.cost),
  };
}

/** What was typed as a number; none where nothing was. What is no number is NaN, for the check to name. */
export function number(text: string | undefined): number | undefined {
  return text === undefined || text === "" ? undefined : Number(text);
}

/** The same for an amount, in micros. */
export function micros(text: string | undefined): number | undefined {
  const amount = number(text);
  return amount === undefined ? undefined : Math.round(amount * MICROS);
}

/** What stands on each line, without blank ones. */
export function lines(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => line.trim() || []);
}

/** From a field of the stored nudge to the form's own, `$kind` and the step's place filled in. */
const FIELDS: [RegExp, string][] = [
  [/^(name|code|category|priority|maxAudience)$/, "$1"],
  [/^holdoutPercent$/, "holdout"],
  [/^monthlyBudgetMicros$/, "budget"],
  [/^activeFromOn$/, "from"],
  [/^activeToOn$/, "to"],
  [/^audience\.kind$/, "kind"],
  [/^audience\.(?:lastDaysAgo|daysAgo)\.to$/, "$kind.daysTo"],
  [/^audience\.(?:lastDaysAgo|daysAgo)/, "$kind.daysFrom"],
  [/^audience\.link\.days$/, "$kind.linkDays"],
  [/^audience\.count\.to$/, "$kind.countTo"],
  [/^audience\.count/, "$kind.countFrom"],
  [/^audience\.totalMicros\.to$/, "$kind.totalTo"],
  [/^audience\.totalMicros/, "$kind.totalFrom"],
  [/^audience\.absent/, "$kind.absentDays"],
  [/^audience\.(\w+)/, "$kind.$1"],
  [/^steps\.(\d+)\.(?:channel|template)$/, "step.$1.message"],
  [/^steps\.(\d+)\.(?:offsetHours|offsetDays)$/, "step.$1.amount"],
  [/^steps\.(\d+)\.atLocal$/, "step.$1.at"],
  [/^steps\.(\d+)\.quietRule$/, "step.$1.quiet"],
  [/^steps\.(\d+)\.latePolicy$/, "step.$1.late"],
  [/^steps\.(\d+)\.slotMinutes$/, "step.$1.slot"],
  [/^steps\.(\d+)\.minLeadMinutes$/, "step.$1.lead"],
  [/^steps\.(\d+)\.expiresAfterMinutes$/, "step.$1.worth"],
  [/^steps\.(\d+)\.unitCostMicros$/, "step.$1.cost"],
  [/^steps\.(\d+)\.(\w+)$/, "step.$1.$2"],
];

/** What the form wants where the check says only that it is not as expected, by the end of the field's name. */
const ADVICE: Record<string, string> = {
  name: "Give it a name of up to 80 letters.",
  code: "Give it a short name of small letters, digits and hyphens, such as reminder-day-before.",
  category: "Choose what it is about.",
  kind: "Choose for whom it is.",
  priority: "Give a whole number from 0 to 1000.",
  holdout: "Give a whole number from 0 to 50.",
  maxAudience: "Give a whole number from 1 to 200000.",
  budget: "Give an amount, or leave it empty.",
  from: "Give a day, or leave it empty.",
  to: "Give a day, or leave it empty.",
  statuses: "Choose at least one.",
  kinds: "Choose at least one.",
  daysFrom: "Give whole days, the smaller number first.",
  daysTo: "Give whole days, up to 3650.",
  link: "Choose one.",
  linkDays: "Give whole days, up to 365.",
  countFrom: "Give whole numbers, the smaller first, or leave them empty.",
  countTo: "Give a whole number, or leave it empty.",
  totalFrom: "Give amounts, the smaller first, or leave them empty.",
  totalTo: "Give an amount, or leave it empty.",
  absentDays: "Give whole days, or leave it empty.",
  message: "Choose a message.",
  amount: "Give a whole number of hours or days, 0 for at once.",
  at: "Give a time, such as 09:00.",
  slot: "Give minutes from 1 to 1440.",
  lead: "Give whole minutes, 0 or more.",
  worth: "Give hours, more than 0.",
  cost: "Give an amount, or leave it empty.",
  fallback: "Give the place of another step, or leave it empty.",
  anchor: "These people do not have that moment: choose another.",
};

/** Each problem at the form's field that it belongs to, in words; the first one of a field. */
export function problemsByField(problems: FieldProblem[], { kind = "" }: Values): Map<string, string> {
  const found = new Map<string, string>();
  for (const { field, problem } of problems) {
    const name = fieldOf(field, kind);
    if (!found.has(name)) found.set(name, ADVICE[name.split(".").at(-1) ?? ""] ?? problem);
  }
  return found;
}

function fieldOf(field: string, kind: string): string {
  for (const [pattern, name] of FIELDS) {
    const match = pattern.exec(field);
    if (!match) continue;
    const place = field.startsWith("steps.") ? String(Number(match[1]) + 1) : (match[1] ?? "");
    return name
      .replace("$kind", kind)
      .replace("$1", place)
      .replace("$2", match[2] ?? "");
  }
  return field;
}
