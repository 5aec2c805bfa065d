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

/** False when the audience is larger than the nudge allows: then nothing of the step is planned, and somebody is told. */
async function planStep(
  ctx: Context,
  live: LiveNudge,
  step: Step,
  offices: Map<string, OfficeWindow>,
  counts: NudgeCounts,
): Promise<boolean> {
  const all = diffWanted([], [], ctx.now());
  for await (const page of candidatePages(ctx, live, step)) {
    counts.looked += page.length;
    const wanted = page.flatMap((candidate) => wantedOf(ctx, live, step, candidate, offices));
    const standing = await readStanding(ctx, wanted);
    const diff = diffWanted(wanted, standing, ctx.now());
    counts.duplicates += wanted.length - diff.insert.length;
    for (const part of ["insert", "revive", "retime", "replace"] as const) all[part].push(...(diff[part] as never[]));
    if (all.insert.length > live.nudge.maxAudience) {
      const detail = { limit: live.nudge.maxAudience };
      await ctx.db.run(raiseAlarm(ctx, "audience_too_large", live.nudge.code, detail));
      return false;
    }
  }
  const { insert, overBudget } = await fitBudget(ctx, live, step, all.insert);
  all.insert = insert;
  counts.overBudget += overBudget;
  await applyInPages(ctx, live, all);
  const skipped = all.insert.filter(({ skip }) => skip !== null).length;
  counts.skipped += skipped;
  counts.planned += all.insert.length - skipped;
  return true;
}

async function applyInPages(ctx: Context, live: LiveNudge, all: Diff): Promise<void> {
  const longest = Math.max(all.insert.length, all.revive.length, all.retime.length, all.replace.length);
  for (let start = 0; start < longest; start += PAGE) {
    const page = <Row>(rows: Row[]) => rows.slice(start, start + PAGE);
    const diff = {
      ...all,
      insert: page(all.insert),
      revive: page(all.revive),
      retime: page(all.retime),
      replace: page(all.replace),
    };
    const statements = [
      ...applyDiff(ctx, diff, () => "other"),
      ...(await enlist(ctx, buyingsOf([live]), placedBy(diff))),
    ];
    const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
    if (first) await ctx.db.batch([first, ...rest]);
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
  const office = offices.get(candidate.officeId);
  if (office?.status !== "active") return [];
  const want = wantStep(live, step, candidate, office, ctx.now());
  return "wanted" in want ? [want.wanted] : [];
}

async function readStanding(ctx: Context, wanted: Wanted[]): Promise<Standing[]> {
  if (wanted.length === 0) return [];
  return ctx.db.all<Standing>(
    sql`SELECT ${STANDING} FROM ${touches} WHERE dedupe_key ${inList(wanted.map(({ key }) => key))}`,
  );
}
