import { eq, sql } from "drizzle-orm";
import * as z from "zod";
import { auditEvents } from "../../../db/audit.ts";
import { tenants } from "../../../db/schema/directory.ts";
import { appointments, offices } from "../../../db/schema/people.ts";
import { type Context, stamp } from "../../context.ts";
import { refuseMissingProviders } from "../../delivery/channels.ts";
import { forgetDirectory } from "../../directory.ts";
import { HearbackError } from "../../errors.ts";
import { writeSchedules } from "../../operations/schedule-rows.ts";
import { storeOffices } from "../../sources/store-offices.ts";
import { OFFICE_ID } from "../../sources/store-rows.ts";
import { TenantSettings } from "../../tenant-settings.ts";
import { wake } from "../../wake.ts";
import { publishSurvey } from "./publish-survey.ts";

export const SetTenant = z.object({
  tenant: z.string(),
  name: z.string().min(1).max(80).optional(),
  status: z.enum(["active", "suspended"]).optional(),
  /** By part (`office`, `schedule`, `ask`, …) and setting; what is not named stays. */
  settings: z.record(z.string(), z.unknown()).default({}),
});
export type SetTenant = z.infer<typeof SetTenant>;

/** Visits of older days are past every limit of age. */
const LOOK_AGAIN_MS = 14 * 86_400_000;

/**
 * Changes a tenant's settings, and with them its office, survey and schedule. Recent visits are looked at again, so that a
 * widened list of providers also finds those that were passed over; what has become too old is recorded as such.
 * Throws BAD_REQUEST when the whole would not be valid settings, or needs a carrier or a survey that this desk has not.
 */
export async function setTenant(ctx: Context, input: SetTenant): Promise<{ settings: TenantSettings }> {
  const settings = merged(ctx.tenant.settings, input.settings);
  refuseMissingProviders(ctx.env, settings);
  const { office, ask } = settings;
  const published = publishSurvey(ask.surveyId, ctx.now());
  await ctx.directory
    .update(tenants)
    .set({
      settings: JSON.stringify(settings),
      ...(input.name !== undefined && { name: input.name }),
      ...(input.status !== undefined && { status: input.status }),
    })
    .where(eq(tenants.id, ctx.tenant.id));
  forgetDirectory();
  const changed = [
    ...Object.keys(input.settings),
    ...(input.name ? ["name"] : []),
    ...(input.status ? ["status"] : []),
  ];
  await ctx.db.batch([
    ctx.db
      .update(offices)
      .set({ ...office, state: office.state ?? null, closedDays: JSON.stringify(office.closedDays) })
      .where(eq(offices.id, OFFICE_ID)),
    ...storeOffices(settings.offices, ctx.now()).map((statement) => ctx.db.run(statement)),
    ...writeSchedules(ctx.db, settings, ctx.now()),
    ctx.db.run(published),
    ctx.db
      .update(appointments)
      .set({ needsPlanning: 1 })
      .where(sql`starts_at >= ${ctx.now() - LOOK_AGAIN_MS} AND removed_at IS NULL`),
    ctx.db.run(auditEvents(stamp(ctx), [{ action: "tenant.set", entityId: ctx.tenant.slug, details: { changed } }])),
  ]);
  await wake(ctx);
  return { settings };
}

function merged(before: TenantSettings, changes: Record<string, unknown>): TenantSettings {
  const isPart = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const after: Record<string, unknown> = { ...before };
  for (const [part, change] of Object.entries(changes)) {
    const was = after[part];
    after[part] = isPart(was) && isPart(change) ? { ...was, ...change } : change;
  }
  const result = z.strictObject(TenantSettings.shape).safeParse(after);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => ({
    field: path.join(".") || "settings",
    problem: message,
  }));
  throw new HearbackError("BAD_REQUEST", `Not as expected: ${problems.map(({ field }) => field).join(", ")}.`, {
    problems,
  });
}
