import { type SQL, sql } from "drizzle-orm";
import { newId } from "../db/ids.ts";
import { imports } from "../db/schema/imports.ts";
import { alarms, jobs, runs } from "../db/schema/operations.ts";
import type { Context } from "./context.ts";

/** Everything that somebody is told about. Each has its sentences in `templates/alarms.ts`. */
export type AlarmCode =
  | "fewer_rows_than_usual"
  | "import_held"
  | "run_failed"
  | "run_late"
  | "nothing_happened"
  | "sender_stopped"
  | "message_filtered"
  | "number_ceiling"
  | "touch_parked"
  | "foreign_callback"
  | "key_misused"
  | "patient_wrote"
  | "message_not_handled"
  | "risk_answer"
  | "audit_broken"
  | "credentials_in_message"
  | "spooled_answer_rejected"
  | "audience_too_large"
  | "budget_nearly_used"
  | "budget_used_up"
  | "slot_held"
  | "runs_fail"
  | "slots_without_success"
  | "file_not_delivered"
  | "file_in_doubt"
  | "mailing_waits";

type Detail = Record<string, unknown>;

/** The statement that raises an alarm, or counts it once more while it is open. Details are codes and counts. */
export function raiseAlarm(ctx: Context, code: AlarmCode, subject: string, detail: Detail): SQL {
  return raiseWhere(ctx, code, subject, detail, sql`true`);
}

/** The same, raised only if the statement before it in the batch changed a row. */
export function raiseAlarmIfChanged(ctx: Context, code: AlarmCode, subject: string | SQL, detail: Detail): SQL {
  return raiseWhere(ctx, code, subject, detail, sql`changes() > 0`);
}

/**
 * The statement that tells of a job that ended badly, raised only if the one before it in the batch changed a row: under
 * its kind, or an import's source. Not once more where the reading itself has told that it broke off.
 */
export function raiseRunFailed(ctx: Context, jobId: string, detail: Detail): SQL {
  const job = sql`FROM ${jobs} AS bad WHERE bad.id = ${jobId} AND bad.status IN ('failed', 'partly')`;
  const subject = sql`(SELECT iif(kind = 'import', arguments ->> '$.source', kind) ${job})`;
  const isTold = sql`EXISTS (SELECT 1 FROM ${imports} AS told WHERE told.source = ${subject} AND told.status = 'failed'
    AND told.started_at >= (SELECT started_at FROM ${runs} WHERE id = (SELECT run_id ${job})))`;
  return raiseWhere(
    ctx,
    "run_failed",
    subject,
    detail,
    sql`changes() > 0 AND EXISTS (SELECT 1 ${job}) AND NOT ${isTold}`,
  );
}

function raiseWhere(ctx: Context, code: AlarmCode, subject: string | SQL, detail: Detail, when: SQL): SQL {
  const now = ctx.now();
  return sql`INSERT INTO ${alarms} (id, code, subject, detail, raised_at, last_seen_at)
    SELECT ${newId("alarm", now)}, ${code}, ${subject}, ${JSON.stringify(detail)}, ${now}, ${now} WHERE ${when}
    ON CONFLICT (code, subject) WHERE acknowledged_at IS NULL
    DO UPDATE SET seen_count = seen_count + 1, last_seen_at = excluded.last_seen_at, detail = excluded.detail`;
}
