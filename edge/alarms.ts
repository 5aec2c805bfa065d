import { type SQL, sql } from "drizzle-orm";
import { newId } from "../db/ids.ts";
import { alarms } from "../db/schema/operations.ts";
import type { Context } from "./context.ts";

/** Everything that somebody is told about. Each has its sentences in `templates/alarms.ts`. */
export type AlarmCode =
  | "fewer_rows_than_usual"
  | "run_failed"
  | "run_late"
  | "nothing_happened"
  | "sender_stopped"
  | "message_filtered"
  | "touch_parked"
  | "foreign_callback"
  | "key_misused"
  | "patient_wrote"
  | "audit_broken"
  | "spooled_answer_rejected";

/** The statement that raises an alarm, or counts it once more while it is open. Details are codes and counts. */
export function raiseAlarm(ctx: Context, code: AlarmCode, subject: string, detail: Record<string, unknown>): SQL {
  const now = ctx.now();
  return sql`INSERT INTO ${alarms} (id, code, subject, detail, raised_at, last_seen_at)
    VALUES (${newId("alarm", now)}, ${code}, ${subject}, ${JSON.stringify(detail)}, ${now}, ${now})
    ON CONFLICT (code, subject) WHERE acknowledged_at IS NULL
    DO UPDATE SET seen_count = seen_count + 1, last_seen_at = excluded.last_seen_at, detail = excluded.detail`;
}
