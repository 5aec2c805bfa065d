import { and, eq } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { nudges } from "../../db/schema/nudges.ts";
import { type Context, stamp } from "../context.ts";
import { HearbackError } from "../errors.ts";
import { wake } from "../wake.ts";
import { waitingRaise } from "./budget-raise.ts";
import { previewNudge } from "./preview-nudge.ts";
import type { Nudge } from "./read-nudges.ts";

/** A nudge that would write to more people at once needs a second person, as marketing always does. */
const SECOND_LOOK_ABOVE = 500;
/** One that would write to more than this at once starts a little later, so that it can be taken back. */
const UNDO_ABOVE = 100;
const UNDO_MS = 10 * 60_000;

/**
 * Puts a nudge to work, or where a second person has to say yes first, lets it wait for one: whoever wrote it cannot be
 * that person. One that would write to many at once plans its first message ten minutes later. Throws NOT_FOUND,
 * CONFLICT for an archived one, or FORBIDDEN to the writer of a nudge that waits.
 */
export async function activateNudge(ctx: Context, code: string): Promise<{ status: Nudge["status"] }> {
  const nudge = await findNudge(ctx, code);
  if (nudge.status === "active") return { status: "active" };
  if (nudge.status === "archived") throw new HearbackError("CONFLICT", "An archived nudge has ended; write a new one.");
  const { actor } = stamp(ctx);
  const isSecondPerson = actor !== nudge.createdBy;
  if (nudge.status === "waiting" && !isSecondPerson) {
    throw new HearbackError("FORBIDDEN", "Whoever wrote a nudge cannot approve it; somebody else has to.");
  }
  const most = Math.max(0, ...(await previewNudge(ctx, nudge)).steps.map(({ now }) => now));
  const needsSecondLook = nudge.category === "marketing" || most > SECOND_LOOK_ABOVE;
  const needsApproval = nudge.approvedBy === null && needsSecondLook;
  const status = needsApproval && !isSecondPerson ? "waiting" : "active";
  const approvedBy = status === "active" && isSecondPerson ? actor : nudge.approvedBy;
  const startsAt = most > UNDO_ABOVE ? ctx.now() + UNDO_MS : null;
  const set = { status, approvedBy, startsAt, pausedReason: null } as const;
  await change(ctx, nudge, set, status === "active" ? "activated" : "submitted");
  if (status === "active") await wake(ctx);
  return { status };
}

/** What waits stays and is held by the gate until the nudge is activated again. Throws NOT_FOUND. */
export async function pauseNudge(ctx: Context, code: string, reason: string): Promise<{ status: Nudge["status"] }> {
  const nudge = await findNudge(ctx, code);
  if (nudge.status === "active") await change(ctx, nudge, { status: "paused", pausedReason: reason }, "paused");
  return { status: nudge.status === "active" ? "paused" : nudge.status };
}

/** Ends a nudge for good; what waits is called off at hand-off with that as its reason. Throws NOT_FOUND. */
export async function archiveNudge(ctx: Context, code: string): Promise<{ status: Nudge["status"] }> {
  await change(ctx, await findNudge(ctx, code), { status: "archived" }, "archived");
  return { status: "archived" };
}

/**
 * A second person's yes to the higher budget that waits for one: it counts from now on, and what it has room for is
 * planned by the next run. Throws NOT_FOUND, CONFLICT where none waits, or FORBIDDEN to whoever asked for it.
 */
export async function approveBudget(ctx: Context, code: string): Promise<void> {
  const nudge = await findNudge(ctx, code);
  const raise = waitingRaise(nudge);
  if (!raise) throw new HearbackError("CONFLICT", "No budget waits for a yes any more.");
  if (raise.by === stamp(ctx).actor) {
    throw new HearbackError("FORBIDDEN", "Whoever asked for a higher budget cannot approve it; somebody else has to.");
  }
  await change(
    ctx,
    nudge,
    { monthlyBudgetMicros: raise.micros, budgetRaise: null, budgetTold: null },
    "budget_approved",
  );
  await wake(ctx);
}

/** Throws NOT_FOUND where there is no such nudge. */
export async function findNudge(ctx: Context, code: string): Promise<Nudge> {
  const [nudge] = await ctx.db.select().from(nudges).where(eq(nudges.code, code));
  if (!nudge) throw new HearbackError("NOT_FOUND", `There is no nudge ${code}.`);
  return nudge;
}

/** Guarded by the version that was read: of two who change it at once, the second is told to look again. */
async function change(ctx: Context, nudge: Nudge, set: Partial<Nudge>, event: string): Promise<void> {
  const [{ rowsAffected }] = await ctx.db.batch([
    ctx.db
      .update(nudges)
      .set({ ...set, version: nudge.version + 1, updatedAt: ctx.now() })
      .where(and(eq(nudges.id, nudge.id), eq(nudges.version, nudge.version))),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: `nudge.${event}`, entityId: nudge.id })),
  ]);
  if (rowsAffected === 0) throw new HearbackError("CONFLICT", "Somebody else changed this nudge just now; look again.");
}
