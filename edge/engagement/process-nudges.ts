import { sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { touches } from "../../db/schema/engagement.ts";
import { raiseAlarm } from "../alarms.ts";
import type { Context } from "../context.ts";
import { applyDiff } from "./apply-diff.ts";
import type { Candidate } from "./audiences/audience.ts";
import { type Diff, diffWanted, placedBy, type Standing, type Wanted } from "./diff-wanted.ts";
import { fitBudget } from "./fit-budget.ts";
import { buyingsOf, enlist } from "./media-buys/enlist.ts";
import { type LiveNudge, type OfficeWindow, readNudges, type Step } from "./read-nudges.ts";
import { STANDING } from "./read-standing.ts";
import { anchorWindow } from "./step-time.ts";
import { wantStep } from "./want-step.ts";

const PAGE = 1_000;

export type NudgeCounts = {
  /** Who was looked at, over all steps. */
  looked: number;
  planned: number;
  /** Wanted again by this run, and planned before. */
  duplicates: number;
  /** Recorded with a reason, not to be said. */
  skipped: number;
  /** Nudges that were not planned because their audience was larger than they allow. */
  tooLarge: number;
  /** Not planned, because the month's budget has no room for them. */
  overBudget: number;
};

/**
 * One run over all nudges at work: finds each step's audience around `now` and writes the touches that are wanted and
 * not yet there. Each step looks at a stretch of an index, whatever the history. Repeating it, or running two at once,
 * plans nothing twice; a run that was missed is made up for by the next. What changed about a visit that has its touch
 * already is `planVisits`' business.
 */
export async function processNudges(ctx: Context): Promise<NudgeCounts> {
  const counts: NudgeCounts = { looked: 0, planned: 0, duplicates: 0, skipped: 0, tooLarge: 0, overBudget: 0 };
  const { live, offices } = await readNudges(ctx);
  for (const each of live) {
    for (const step of each.steps) {
      if (!(await planStep(ctx, each, step, offices, counts))) counts.tooLarge += 1;
    }
  }
  return counts;
}

/**
 * False when the audience is larger than the nudge allows: then nothing of the step is planned, and somebody is told.
 * A page is written before the next one is read, so that an audience of any size takes the memory of one page.
 */
async function planStep(
  ctx: Context,
  live: LiveNudge,
  step: Step,
  offices: Map<string, OfficeWindow>,
  counts: NudgeCounts,
): Promise<boolean> {
  const { code, maxAudience } = live.nudge;
  if (!(await fits(ctx, live, step, offices))) {
    await ctx.db.run(raiseAlarm(ctx, "audience_too_large", code, { limit: maxAudience }));
    return false;
  }
  for await (const { looked, wanted, diff } of diffPages(ctx, live, step, offices)) {
    const { insert, overBudget } = await fitBudget(ctx, live, step, diff.insert);
    await write(ctx, live, { ...diff, insert });
    const skipped = insert.filter(({ skip }) => skip !== null).length;
    counts.looked += looked;
    counts.duplicates += wanted - diff.insert.length;
    counts.skipped += skipped;
    counts.planned += insert.length - skipped;
    counts.overBudget += overBudget;
  }
  return true;
}

/**
 * Whether no more would be new than the nudge allows. Where as few as that are to be looked at at all, the store's own
 * count says so; else they are gone through once without writing.
 */
async function fits(ctx: Context, live: LiveNudge, step: Step, offices: Map<string, OfficeWindow>): Promise<boolean> {
  const { maxAudience } = live.nudge;
  const now = ctx.now();
  const scope = { ...anchorWindow(step, now), after: null, limit: maxAudience + 1, explains: false };
  const [all] = await ctx.db.all<{ n: number }>(
    sql`SELECT count(*) AS n FROM (${live.audience.candidates(scope, now)})`,
  );
  if ((all?.n ?? 0) <= maxAudience) return true;
  let inserts = 0;
  for await (const { diff } of diffPages(ctx, live, step, offices)) {
    inserts += diff.insert.length;
    if (inserts > maxAudience) return false;
  }
  return true;
}

async function write(ctx: Context, live: LiveNudge, diff: Diff): Promise<void> {
  const listed = await enlist(ctx, buyingsOf([live]), placedBy(diff));
  const statements = [...applyDiff(ctx, diff, () => "other"), ...listed];
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
}

type Page = { looked: number; wanted: number; diff: Diff };

/** What the step wants, held against what stands, a page of its audience at a time. */
async function* diffPages(
  ctx: Context,
  live: LiveNudge,
  step: Step,
  offices: Map<string, OfficeWindow>,
): AsyncGenerator<Page> {
  for await (const page of candidatePages(ctx, live, step)) {
    const wanted = page.flatMap((candidate) => wantedOf(ctx, live, step, candidate, offices));
    const diff = diffWanted(wanted, await readStanding(ctx, wanted), ctx.now());
    yield { looked: page.length, wanted: wanted.length, diff };
  }
}

/** Everybody whose anchor lies where this step could be due, a page at a time. */
async function* candidatePages(ctx: Context, { audience }: LiveNudge, step: Step): AsyncGenerator<Candidate[]> {
  const now = ctx.now();
  let after: Candidate | null = null;
  for (;;) {
    const scope = { ...anchorWindow(step, now), after, limit: PAGE, explains: false };
    const page: Candidate[] = await ctx.db.all<Candidate>(audience.candidates(scope, now));
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = page[page.length - 1] ?? null;
  }
}

function wantedOf(
  ctx: Context,
  live: LiveNudge,
  step: Step,
  candidate: Candidate,
  offices: Map<string, OfficeWindow>,
): Wanted[] {
  const want = wantStep(live, step, candidate, offices.get(candidate.officeId), ctx.now());
  return "wanted" in want ? [want.wanted] : [];
}

async function readStanding(ctx: Context, wanted: Wanted[]): Promise<Standing[]> {
  if (wanted.length === 0) return [];
  return ctx.db.all<Standing>(
    sql`SELECT ${STANDING} FROM ${touches} WHERE dedupe_key ${inList(wanted.map(({ key }) => key))}`,
  );
}
