import { getTableColumns, sql } from "drizzle-orm";
import * as z from "zod";
import { auditEvents } from "../../db/audit.ts";
import { insertRows } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { messageTemplates } from "../../db/schema/engagement.ts";
import { nudges, steps } from "../../db/schema/nudges.ts";
import { type Context, stamp } from "../context.ts";
import { type FieldProblem, HearbackError } from "../errors.ts";
import { audienceOf } from "./audiences/registry.ts";
import { budgetOf } from "./budget-raise.ts";
import type { SaveNudge } from "./nudge-input.ts";

/**
 * Writes a nudge and its steps, new or changed, as a draft to be activated; a nudge at work stays at work, but one
 * whose audience or category changed needs its second person again. So does a higher budget of one that had a second
 * person's yes: the nudge goes on with the old one meanwhile. What waits is made to fit by the next run.
 * Throws BAD_REQUEST naming every field that does not fit; then nothing is written.
 */
export async function saveNudge(ctx: Context, input: SaveNudge): Promise<SavedNudge> {
  if ((input.activeToOn ?? "9999") < (input.activeFromOn ?? "")) {
    throw bad([{ field: "activeToOn", problem: "expected the first day or a later one" }]);
  }
  const audience = checkedAudience(input);
  const versions = await templateVersions(ctx, input);
  const now = ctx.now();
  const by = stamp(ctx).actor;
  const [before] = await ctx.db.select().from(nudges).where(sql`code = ${input.code}`);
  const id = before?.id ?? newId("nudge", now);
  const isSameAudience = before?.audience === audience && before.category === input.category;
  const status = !before || isSameAudience ? (before?.status ?? "draft") : "draft";
  const budget = budgetOf(isSameAudience ? before : undefined, input.monthlyBudgetMicros ?? null, by);
  const row = {
    name: input.name,
    category: input.category,
    audienceKind: input.audience.kind,
    audience,
    status,
    priority: input.priority,
    holdoutPercent: input.holdoutPercent,
    maxAudience: input.maxAudience,
    ...budget,
    activeFromOn: input.activeFromOn ?? null,
    activeToOn: input.activeToOn ?? null,
    approvedBy: isSameAudience ? (before?.approvedBy ?? null) : null,
    updatedAt: now,
  } as const;
  const details = { code: input.code, monthlyBudgetMicros: input.monthlyBudgetMicros ?? null };
  await ctx.db.batch([
    ctx.db
      .insert(nudges)
      .values({ ...row, id, code: input.code, createdBy: by, createdAt: now })
      .onConflictDoUpdate({ target: nudges.code, set: { ...row, createdBy: by, version: sql`version + 1` } }),
    ctx.db.run(sql`UPDATE ${steps} SET is_active = 0 WHERE nudge_id = ${id}`),
    ctx.db.run(upsertSteps(id, input, versions, now, await stepIds(ctx, id))),
    ctx.db.run(auditEvents(stamp(ctx), [{ action: "nudge.saved", entityId: id, details }])),
  ]);
  return { id, status, budgetWaits: budget.budgetRaise !== null };
}

export type SavedNudge = { id: string; status: string; budgetWaits: boolean };

function checkedAudience({ audience: { kind, ...settings }, steps: list }: SaveNudge): string {
  const problems: FieldProblem[] = [];
  try {
    const bound = audienceOf(kind, settings);
    if (!bound) throw bad([{ field: "audience.kind", problem: `there is no audience of the kind ${kind}` }]);
    list.forEach(({ anchor, fallback, offsetHours }, index) => {
      if (!bound.anchors.includes(anchor)) {
        const problem = `this audience knows only ${bound.anchors.join(", ")}`;
        problems.push({ field: `steps.${index}.anchor`, problem });
      }
      if (bound.kind === "visit_follow_up" && anchor === "appointment_start" && offsetHours === 0) {
        // At its start nobody knows yet what becomes of a visit: it would be said to nobody, ever.
        const problem = "expected at least an hour after the start, or none after the end";
        problems.push({ field: `steps.${index}.offsetHours`, problem });
      }
      if (fallback !== undefined && (fallback > list.length || fallback === index + 1)) {
        problems.push({ field: `steps.${index}.fallback`, problem: "expected the place of another step, from 1" });
      }
    });
    if (problems.length > 0) throw bad(problems);
    return JSON.stringify(bound.settings);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const path = (issue: z.core.$ZodIssue) => ["audience", ...issue.path].join(".");
    throw bad(error.issues.map((issue) => ({ field: path(issue), problem: issue.message })));
  }
}

/** Each wording's newest version. Marketing takes only wordings that were checked for its own rules: a way out above all. */
async function templateVersions(ctx: Context, { steps: list, category }: SaveNudge): Promise<Map<string, number>> {
  const { key: name, channel: way } = messageTemplates;
  const all = await ctx.db
    // Of the row with the newest version, as SQLite promises for a lone max().
    .select({ key: name, channel: way, category: messageTemplates.category, version: sql<number>`max(version)` })
    .from(messageTemplates)
    .groupBy(name, way);
  const rows = all.filter((row) => category !== "marketing" || row.category === "marketing");
  const versions = new Map(rows.map(({ key, channel, version }) => [`${channel}:${key}`, version]));
  const missing = list.flatMap(({ channel, template }, index) =>
    versions.has(`${channel}:${template}`)
      ? []
      : [
          {
            field: `steps.${index}.template`,
            problem: `there is no ${category === "marketing" ? "marketing " : ""}${channel} template ${template}`,
          },
        ],
  );
  if (missing.length > 0) throw bad(missing);
  return versions;
}

async function stepIds(ctx: Context, nudgeId: string): Promise<Map<number, string>> {
  const rows = await ctx.db.select({ id: steps.id, seq: steps.seq }).from(steps).where(sql`nudge_id = ${nudgeId}`);
  return new Map(rows.map(({ id, seq }) => [seq, id]));
}

function upsertSteps(
  nudgeId: string,
  { steps: list }: SaveNudge,
  versions: Map<string, number>,
  now: number,
  known: Map<number, string>,
) {
  const ids = list.map((_, index) => known.get(index + 1) ?? newId("step", now));
  const rows = list.map(({ template, fallback, hasMediaBuy, ...step }, index) => ({
    id: ids[index] ?? "",
    nudgeId,
    seq: index + 1,
    channel: step.channel,
    anchor: step.anchor,
    offsetHours: step.offsetHours ?? null,
    offsetDays: step.offsetDays ?? null,
    atLocal: step.atLocal ?? null,
    slotMinutes: step.slotMinutes,
    latePolicy: step.latePolicy,
    minLeadMinutes: step.minLeadMinutes,
    quietRule: step.quietRule,
    expiresAfterMinutes: step.expiresAfterMinutes,
    templateKey: template,
    templateVersion: versions.get(`${step.channel}:${template}`) ?? 1,
    fallbackStepId: fallback === undefined ? null : (ids[fallback - 1] ?? null),
    // A letter is always paid for.
    hasMediaBuy: hasMediaBuy || step.channel === "print" ? 1 : 0,
    unitCostMicros: step.unitCostMicros ?? null,
    isActive: 1,
  }));
  const changed = CHANGEABLE.map((column) => sql.raw(`${column} = excluded.${column}`));
  return insertRows(steps, rows, {}, sql`ON CONFLICT (nudge_id, seq) DO UPDATE SET ${sql.join(changed, sql`, `)}`);
}

/** Every column but those that name the step. */
const CHANGEABLE = Object.values(getTableColumns(steps))
  .map(({ name }) => name)
  .filter((name) => !["id", "nudge_id", "seq"].includes(name));

function bad(problems: FieldProblem[]): HearbackError {
  return new HearbackError("BAD_REQUEST", `Not as expected: ${problems.map(({ field }) => field).join(", ")}.`, {
    problems,
  });
}
