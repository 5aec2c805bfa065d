import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { inList } from "../../db/bulk.ts";
import { touches } from "../../db/schema/engagement.ts";
import type { Category } from "../../db/schema/nudges.ts";
import { contactPoints } from "../../db/schema/people.ts";
import { capProblem, countedFrom, limitsFor, MAY_HAVE_ARRIVED, type Sent } from "../caps.ts";
import type { Context } from "../context.ts";

/** Those of these patients whose number gets no more such messages today, by the gate's own rule. Reads an index. */
export async function findCapped(
  ctx: Context,
  patientIds: string[],
  { channel, category }: { channel: string; category: Category },
): Promise<Set<string>> {
  if (patientIds.length === 0) return new Set();
  const rows = await ctx.db.all<Sent & { patientId: string }>(sql`SELECT point.patient_id AS patientId,
      sent_on AS sentOn, counts_as AS countsAs
    FROM ${contactPoints} AS point JOIN ${touches} ON touches.address_key = point.address_key
    WHERE point.patient_id ${inList(patientIds)} AND point.system = ${channel} AND point.is_current = 1
      AND sent_on >= ${countedFrom(ctx.now())} AND ${MAY_HAVE_ARRIVED}`);
  const { timeZone } = ctx.tenant.settings.office;
  const today = Temporal.Instant.fromEpochMilliseconds(ctx.now()).toZonedDateTimeISO(timeZone).toPlainDate().toString();
  const limits = limitsFor({ channel, category, isSurvey: false }, ctx.tenant.settings);
  const full = [...Map.groupBy(rows, ({ patientId }) => patientId)].filter(([, sent]) =>
    capProblem(sent, category, limits, today),
  );
  return new Set(full.map(([patientId]) => patientId));
}
