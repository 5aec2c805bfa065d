import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId, uuidv7 } from "../../db/ids.ts";
import { deliveries, exportFiles } from "../../db/schema/exports.ts";
import { jobs } from "../../db/schema/operations.ts";
import { raiseAlarmIfChanged } from "../alarms.ts";
import { type Context, stamp } from "../context.ts";
import type { DeliverArguments } from "../contract/exports.ts";

/** Minutes before each try; when all have failed, somebody has to look. */
const TRY_AFTER_MINUTES = [0, 1, 5, 15, 60, 180];
/** A round of tries begins at each multiple of this many attempts. */
export const TRIES = 10;
/** What trying again cannot mend, and a lockout could come of. */
const LASTING = ["login", "host_key_mismatch", "name_taken"];
const AT_ONCE = 20;

type Open = {
  id: string;
  name: string;
  parts: number;
  bytes: number;
  sha256: string;
  attempts: number;
  errorCode: string | null;
};

/**
 * A job for the container for every file that has not arrived and has none, later after each that failed. After the last,
 * or where another try would be of no use, the delivery has failed and an alarm says so. Safe to repeat.
 */
export async function orderDeliveries(ctx: Context): Promise<{ ordered: number; failed: number }> {
  const open = await ctx.db.all<Open>(sql`SELECT deliveries.id, name, part_count AS parts, byte_count AS bytes, sha256,
      deliveries.attempts, job.error_code AS errorCode
    FROM ${deliveries} JOIN ${exportFiles} ON export_files.id = file_id
    LEFT JOIN ${jobs} AS job ON job.dedupe_key = 'deliver:' || deliveries.id || ':' || deliveries.attempts
    WHERE deliveries.status IN ('waiting', 'renaming') AND coalesce(job.status, '') NOT IN ('waiting', 'leased')
    LIMIT ${AT_ONCE}`);
  const counts = { ordered: 0, failed: 0 };
  for (const delivery of open) {
    const minutes = TRY_AFTER_MINUTES[delivery.attempts % TRIES];
    const isOver = minutes === undefined || LASTING.includes(delivery.errorCode ?? "");
    counts[isOver ? "failed" : "ordered"] += 1;
    await (isOver ? giveUp(ctx, delivery) : order(ctx, delivery, minutes));
  }
  return counts;
}

async function order(ctx: Context, { id, attempts, errorCode, ...file }: Open, minutes: number): Promise<void> {
  const now = ctx.now();
  const jobId = newId("job", now);
  const wanted: DeliverArguments = { deliveryId: id, target: "print_vendor", ...file };
  await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${deliveries} SET attempts = attempts + 1, error_code = ${errorCode}, updated_at = ${now}
      WHERE id = ${id} AND attempts = ${attempts} AND status IN ('waiting', 'renaming')`),
    ctx.db.run(sql`INSERT INTO ${jobs} (id, kind, dedupe_key, run_id, arguments, status, run_after_at, created_at)
      SELECT ${jobId}, 'deliver', ${`deliver:${id}:${attempts + 1}`}, ${uuidv7(now)}, ${JSON.stringify(wanted)}, 'waiting',
        ${now + minutes * 60_000}, ${now} WHERE changes() > 0 ON CONFLICT (dedupe_key) DO NOTHING`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "job.created", entityId: jobId, details: { kind: "deliver" } })),
  ]);
}

async function giveUp(ctx: Context, { id, attempts, errorCode }: Open): Promise<void> {
  const details = { code: errorCode, attempts };
  await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${deliveries} SET status = 'failed', error_code = ${errorCode}, updated_at = ${ctx.now()}
      WHERE id = ${id} AND attempts = ${attempts} AND status = 'waiting'`),
    ctx.db.run(raiseAlarmIfChanged(ctx, "file_not_delivered", id, details)),
    // What may bear its real name by now is a person's business.
    ctx.db.run(sql`UPDATE ${deliveries} SET status = 'in_doubt', error_code = ${errorCode}, updated_at = ${ctx.now()}
      WHERE id = ${id} AND attempts = ${attempts} AND status = 'renaming'`),
    ctx.db.run(raiseAlarmIfChanged(ctx, "file_in_doubt", id, details)),
  ]);
}
