import { asc, eq } from "drizzle-orm";
import { steps } from "../../db/schema/nudges.ts";
import { offices } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import type { Reason } from "../reasons.ts";
import type { Candidate } from "./audiences/audience.ts";
import { audienceOf } from "./audiences/registry.ts";
import { findCapped } from "./find-capped.ts";
import { findUnwilling } from "./find-unwilling.ts";
import { priceSteps } from "./price-steps.ts";
import { type LiveNudge, type Nudge, type OfficeWindow, type Step, windowsOf } from "./read-nudges.ts";
import { anchorWindow } from "./step-time.ts";
import { wantStep } from "./want-step.ts";

/** Who is shown as an example; looking at more is what the touches are for. */
const SAMPLES = 20;
/** What a preview looks at, at most; beyond that it says so. */
const MOST = 20_000;
const PAGE = 1_000;

export type Sample = { patientId: string; appointmentId: string | null; dueAt: number; skip: Reason | null };
export type StepPreview = {
  seq: number;
  channel: Step["channel"];
  templateKey: string;
  templateVersion: number;
  /** What one of its messages is expected to cost. */
  eachMicros: number;
  /** Who would be written to, and who is recorded as left out, by a run at this moment. */
  now: number;
  skipped: Record<string, number>;
  /** Of those written to now: whose number got as much as it may today, so that theirs would wait or not be sent. */
  capped: number;
  /** Of those written to now: whose own word is against it, so that theirs would be recorded as not sent, by reason. */
  unwilling: Record<string, number>;
  /** Looked at and not in the audience, by reason. */
  out: Record<string, number>;
  /** In the audience, but their time has not come. */
  later: number;
  isCutOff: boolean;
  samples: Sample[];
};

/** What a run of this nudge would do at this moment, whatever its status, by the planner's own rules. Writes nothing. */
export async function previewNudge(ctx: Context, nudge: Nudge): Promise<{ steps: StepPreview[] }> {
  const audience = audienceOf(nudge.audienceKind, JSON.parse(nudge.audience));
  if (!audience) return { steps: [] };
  const [rows, officeRows] = await ctx.db.batch([
    ctx.db.select().from(steps).where(eq(steps.nudgeId, nudge.id)).orderBy(asc(steps.seq)),
    ctx.db.select().from(offices),
  ]);
  const windows = windowsOf(officeRows);
  const live = { nudge, audience, steps: rows };
  // What stands in for another step is planned for nobody until that one fails.
  const fallbacks = new Set(rows.map(({ fallbackStepId }) => fallbackStepId));
  const active = rows.filter(({ id, isActive }) => isActive === 1 && !fallbacks.has(id));
  const prices = await priceSteps(ctx, active);
  const previews = active.map((step) => previewStep(ctx, live, step, prices.get(step.id) ?? 0, windows));
  return { steps: await Promise.all(previews) };
}

async function previewStep(
  ctx: Context,
  live: LiveNudge,
  step: Step,
  eachMicros: number,
  windows: Map<string, OfficeWindow>,
): Promise<StepPreview> {
  const { seq, channel, templateKey, templateVersion } = step;
  const own = { seq, channel, templateKey, templateVersion, eachMicros };
  const preview: StepPreview = {
    ...own,
    now: 0,
    skipped: {},
    capped: 0,
    unwilling: {},
    out: {},
    later: 0,
    isCutOff: false,
    samples: [],
  };
  let after: Candidate | null = null;
  for (let looked = 0; looked < MOST; looked += PAGE) {
    const scope = { ...anchorWindow(step, ctx.now()), after, limit: PAGE, explains: true };
    const page: Candidate[] = await ctx.db.all<Candidate>(live.audience.candidates(scope, ctx.now()));
    const now = page.flatMap((candidate) => look(preview, live, step, candidate, windows, ctx.now()) ?? []);
    const people = [...new Set(now)];
    const about = { channel, category: live.nudge.category };
    const [capped, unwilling] = await Promise.all([findCapped(ctx, people, about), findUnwilling(ctx, people, about)]);
    for (const patientId of now) {
      const reason = unwilling.get(patientId);
      if (reason) preview.unwilling[reason] = (preview.unwilling[reason] ?? 0) + 1;
      else if (capped.has(patientId)) preview.capped += 1;
    }
    for (const sample of preview.samples) sample.skip ??= unwilling.get(sample.patientId) ?? null;
    if (page.length < PAGE) return preview;
    after = page[page.length - 1] ?? null;
  }
  return { ...preview, isCutOff: true };
}

/** Counts one candidate; the patient's id where they would be written to. */
function look(
  preview: StepPreview,
  live: LiveNudge,
  step: Step,
  candidate: Candidate,
  windows: Map<string, OfficeWindow>,
  now: number,
): string | null {
  const want = wantStep(live, step, candidate, windows.get(candidate.officeId), now);
  if ("later" in want) preview.later += 1;
  else if ("out" in want) preview.out[want.out] = (preview.out[want.out] ?? 0) + 1;
  else {
    const { patientId, appointmentId, dueAt, skip } = want.wanted;
    if (skip === null) preview.now += 1;
    else preview.skipped[skip] = (preview.skipped[skip] ?? 0) + 1;
    if (preview.samples.length < SAMPLES) preview.samples.push({ patientId, appointmentId, dueAt, skip });
    return skip === null ? patientId : null;
  }
  return null;
}
