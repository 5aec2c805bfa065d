import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { imports } from "../../db/schema/imports.ts";
import type { Context } from "../context.ts";
import type { ImportArguments } from "../contract/jobs.ts";

/** Three years and some months: as far back as nudges about what was bought, or about who came, usually look. */
const HISTORY_DAYS = 1_200;
/** A purchase may be entered, or taken back, some days after it was made. */
const ENTERED_LATE_DAYS = 3;

/**
 * What the container is to read of a source now. The first import goes back over the visits of its schedule's
 * `historyDays`, so that nudges about the past have something to go by; later ones leave the past as it is. All
 * purchases are read by the first import of each office-local day, because a return changes an old one; by those after
 * it the newest days' only.
 */
export async function importArguments(ctx: Context, source: string): Promise<ImportArguments> {
  const { office, schedules = [] } = ctx.tenant.settings;
  const { timeZone } = office;
  const dayOf = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
  const today = dayOf(ctx.now());
  const lastAt = await lastAppliedAt(ctx, source);
  if (lastAt === null) {
    const { historyDays = HISTORY_DAYS } = schedules.find((each) => each.source === source) ?? {};
    const appointmentsFrom = today.subtract({ days: historyDays }).toString();
    return { source, timeZone, appointmentsFrom };
  }
  const last = dayOf(lastAt);
  if (!last.equals(today)) return { source, timeZone };
  return { source, timeZone, purchasesFrom: last.subtract({ days: ENTERED_LATE_DAYS }).toString() };
}

/** When the newest import that was applied was read (epoch ms); null when none was. */
async function lastAppliedAt(ctx: Context, source: string): Promise<number | null> {
  const [last] = await ctx.db.all<{ at: number }>(sql`SELECT snapshot_at AS at FROM ${imports}
    WHERE source = ${source} AND status = 'applied' ORDER BY started_at DESC LIMIT 1`);
  return last?.at ?? null;
}
