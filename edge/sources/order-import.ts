import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId, uuidv7 } from "../../db/ids.ts";
import { jobs, runs, type schedules } from "../../db/schema/operations.ts";
import { type Context, stamp } from "../context.ts";
import { importArguments } from "./import-arguments.ts";

/**
 * Puts the import of a due slot into the container's queue. Where the one before it still waits, that one will do, late.
 * Where it is under way, the slot is passed over and recorded as such: two at once would read the same rows twice. Safe
 * to repeat for the same slot. Throws when the schedule names no source.
 */
export async function orderImport(
  ctx: Context,
  schedule: typeof schedules.$inferSelect,
): Promise<{ created: number; skipped: number }> {
  const now = ctx.now();
  const { id, nextRunAt: slotAt } = schedule;
  const { source } = JSON.parse(schedule.arguments) as { source?: string };
  if (!source) throw new Error(`the schedule ${id} names no source`);
  const wanted = await importArguments(ctx, source);
  const jobId = newId("job", now);
  const dedupeKey = `${id}:${slotAt}`;
  const open = sql`SELECT 1 FROM ${jobs} AS open WHERE open.kind = 'import' AND open.status IN ('waiting', 'leased')
    AND open.schedule_id = ${id}`;
  const passedOver = sql`SELECT 1 FROM ${runs} AS passed WHERE passed.schedule_id = ${id} AND passed.started_at >= ${slotAt}
    AND passed.due_at = ${slotAt} AND passed.status = 'skipped'`;
  const [created, , skipped] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${jobs} (id, kind, dedupe_key, run_id, arguments, status, run_after_at, created_at, schedule_id)
      SELECT ${jobId}, 'import', ${dedupeKey}, ${uuidv7(now)}, ${JSON.stringify(wanted)}, 'waiting', ${slotAt}, ${now}, ${id}
      WHERE NOT EXISTS (${open}) ON CONFLICT (dedupe_key) DO NOTHING`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: "job.created", entityId: jobId, details: { kind: "import", source } }),
    ),
    ctx.db.run(sql`INSERT INTO ${runs} (id, procedure_id, schedule_id, status, error, arguments, due_at, started_at, finished_at)
      SELECT ${uuidv7(now)}, 'import', ${id}, 'skipped', 'overlap', ${JSON.stringify(wanted)}, ${slotAt}, ${now}, ${now}
      WHERE EXISTS (${open} AND open.status = 'leased' AND open.dedupe_key <> ${dedupeKey}) AND NOT EXISTS (${passedOver})`),
  ]);
  return { created: created.rowsAffected, skipped: skipped.rowsAffected };
}
