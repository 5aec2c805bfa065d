import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import type { Context } from "../../context.ts";
import { lastReadAt } from "../../last-read.ts";
import { visitSource } from "../../tenant-settings.ts";

/** What became of some days' visits, in counts only. Days are the office's. */
export type Report = {
  from: string;
  visits: Record<string, number>;
  messages: { status: string; reason: string | null; count: number }[];
  answered: number;
  dataReadAt: string | null;
  openAlarms: { code: string; subject: string }[];
};

/** Counts of the last `days` local days, today included. */
export async function readReport(ctx: Context, days: number): Promise<Report> {
  const zone = ctx.tenant.settings.office.timeZone;
  const today = Temporal.Instant.fromEpochMilliseconds(ctx.now()).toZonedDateTimeISO(zone).toPlainDate();
  const from = today.subtract({ days: days - 1 }).toString();
  const recent = sql`(SELECT id FROM appointments WHERE local_on >= ${from})`;
  const [visits, messages, [answered], [reading], openAlarms] = await ctx.db.batch([
    ctx.db.all<{ status: string; count: number }>(
      sql`SELECT status, count(*) AS count FROM appointments WHERE local_on >= ${from} GROUP BY status ORDER BY status`,
    ),
    ctx.db.all<Report["messages"][number]>(sql`SELECT status, reason, count(*) AS count FROM touches
      WHERE appointment_id IN ${recent} GROUP BY status, reason ORDER BY count DESC, status`),
    ctx.db.all<{ count: number }>(
      sql`SELECT count(*) AS count FROM invites WHERE answered = 1 AND appointment_id IN ${recent}`,
    ),
    ctx.db.all<{ at: number | null }>(sql`SELECT ${lastReadAt(visitSource(ctx.tenant.settings))} AS at`),
    ctx.db.all<Report["openAlarms"][number]>(
      sql`SELECT code, subject FROM alarms WHERE acknowledged_at IS NULL ORDER BY raised_at`,
    ),
  ]);
  return {
    from,
    visits: Object.fromEntries(visits.map(({ status, count }) => [status, count])),
    messages,
    answered: answered?.count ?? 0,
    dataReadAt: reading?.at ? new Date(reading.at).toISOString() : null,
    openAlarms,
  };
}
