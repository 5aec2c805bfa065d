import { and, asc, eq, gt, sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { touches } from "../../db/schema/engagement.ts";
import { appointments } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import type { Reason } from "../reasons.ts";
import type { Candidate } from "./audiences/audience.ts";
import { stepsWithoutRoom } from "./fit-budget.ts";
import { type LiveNudge, type OfficeWindow, readNudges, type Step } from "./read-nudges.ts";
import { wantStep } from "./want-step.ts";

/** What one step of a nudge would do about one visit, or about the person where it is about no visit. */
export type NudgeVerdict = {
  code: string;
  name: string;
  seq: number;
  appointmentId: string | null;
  /** `known`: its message is there already, with its own story. */
  outcome: "now" | "later" | "known" | "no";
  reason: Reason | null;
  /** When it would leave, epoch ms. */
  dueAt: number | null;
};

const MOST_VISITS = 20;

/**
 * What each nudge at work would do for this patient if it ran at this moment, for every visit ahead, by the planner's
 * own rules: so that those that never matched are explained as well. Writes nothing.
 */
export async function explainNudges(ctx: Context, patientId: string): Promise<NudgeVerdict[]> {
  const [{ live, offices }, visits] = await Promise.all([
    readNudges(ctx),
    ctx.db
      .select({ id: appointments.id })
      .from(appointments)
      .where(and(eq(appointments.patientId, patientId), gt(appointments.startsAt, ctx.now())))
      .orderBy(asc(appointments.startsAt))
      .limit(MOST_VISITS),
  ]);
  const scope = { patientIds: [patientId], appointmentIds: visits.map(({ id }) => id) };
  const found = live.map(async (each) => {
    const candidates = await ctx.db.all<Candidate>(each.audience.candidates(scope, ctx.now()));
    return each.steps.flatMap((step) => verdictsOf(ctx, each, step, candidates, offices));
  });
  const all = (await Promise.all(found)).flat();
  const rows = await ctx.db.all<{ key: string; status: string; reason: Reason | null }>(
    sql`SELECT dedupe_key AS key, status, reason FROM ${touches} WHERE dedupe_key ${inList(all.flatMap(({ key }) => key ?? []))}`,
  );
  const known = new Map(rows.map((row) => [row.key, row]));
  const full = await stepsWithoutRoom(ctx, live);
  return all.map(({ key, stepId, ...verdict }): NudgeVerdict => {
    const row = key === null ? undefined : known.get(key);
    if (!row && verdict.outcome === "now" && full.has(stepId)) {
      return { ...verdict, outcome: "no", reason: "budget", dueAt: null };
    }
    if (!row) return verdict;
    const isEnded = ENDED.includes(row.status);
    return { ...verdict, outcome: isEnded ? "no" : "known", reason: isEnded ? row.reason : null, dueAt: null };
  });
}

/** A recorded "no" stays one. */
const ENDED = ["skipped", "cancelled", "expired"];

type Keyed = NudgeVerdict & { key: string | null; stepId: string };

function verdictsOf(
  ctx: Context,
  live: LiveNudge,
  step: Step,
  candidates: Candidate[],
  offices: Map<string, OfficeWindow>,
): Keyed[] {
  const { code, name } = live.nudge;
  const own = { code, name, seq: step.seq, stepId: step.id, key: null, dueAt: null };
  if (candidates.length === 0) return [{ ...own, appointmentId: null, outcome: "no", reason: "not_in_audience" }];
  return candidates.map((candidate): Keyed => {
    const { appointmentId } = candidate;
    const want = wantStep(live, step, candidate, offices.get(candidate.officeId), ctx.now());
    if ("later" in want) return { ...own, appointmentId, outcome: "later", reason: null };
    if ("out" in want) return { ...own, appointmentId, outcome: "no", reason: want.out };
    const { key, skip, dueAt } = want.wanted;
    return { ...own, key, appointmentId, outcome: skip ? "no" : "now", reason: skip, dueAt: skip ? null : dueAt };
  });
}
