import { Temporal } from "temporal-polyfill";
import type { Category } from "../../db/schema/nudges.ts";
import { capProblem, type Limits, limitsFor, type Rival, type Sent, yieldsUntil } from "../caps.ts";
import type { Context } from "../context.ts";
import { nextSendAt } from "../send-hours.ts";
import type { CapFact, GateFacts } from "./gate.ts";

const MINUTE_MS = 60_000;

/** What the gate and the guard at the commit have to know of how much a number got. */
export type CapFacts = {
  /** The local day where the person is. */
  today: string;
  limits: Limits;
  textedToday: boolean;
  cap: CapFact | null;
};

/** A message as far as the limits go. `sent` is what its number got, itself left out. */
export type Capped = {
  id: string;
  patientId: string;
  channel: string;
  kind: string;
  category: Category;
  priority: number;
  office: GateFacts["office"];
  sent: Sent[];
};

/** Whether the number may get this message now, and if not, when it may. */
export function capFacts(ctx: Context, message: Capped, rivals: Rival[]): CapFacts {
  const { category, office, sent } = message;
  const now = Math.floor(ctx.now());
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(office.timeZone);
  const today = here.toPlainDate().toString();
  const isSurvey = message.kind.startsWith("survey_");
  const limits = limitsFor({ channel: message.channel, category, isSurvey }, ctx.tenant.settings);
  const textedToday = sent.some(({ sentOn }) => sentOn !== null && sentOn >= today);
  const problem = capProblem(sent, category, limits, today);
  if (problem) {
    const freeAt = problem.freeOn && dayStartsAt(problem.freeOn, office.timeZone);
    const until = freeAt ? nextSendAt(office, freeAt).at : null;
    return { today, limits, textedToday, cap: { reason: problem.reason, until } };
  }
  const got = sent.filter(({ sentOn, countsAs }) => sentOn !== null && sentOn >= today && countsAs === category).length;
  const dayEndsAt = here.startOfDay().add({ days: 1 }).epochMilliseconds;
  const yields = limits.perDay === null ? null : yieldsUntil(message, rivals, limits.perDay - got, dayEndsAt);
  // Once the other has gone, the limit itself speaks; where the other does not go, this one does.
  const cap = yields === null ? null : { reason: "another_first" as const, until: Math.max(yields, now) + MINUTE_MS };
  return { today, limits, textedToday, cap };
}

function dayStartsAt(day: string, timeZone: string): number {
  return Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds;
}
