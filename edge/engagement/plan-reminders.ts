import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { inList, insertRows } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { touches } from "../../db/schema/engagement.ts";
import { audit } from "../../db/schema/operations.ts";
import { invites } from "../../db/schema/surveys.ts";
import { type Context, stamp } from "../context.ts";

const BATCH = 500;
const HOUR_MS = 3_600_000;
/** A question older than this, because the desk was down for so long, is left alone; it also bounds what is looked at. */
const LOOK_BACK_HOURS = 48;
/** A reminder that could not leave for a day has lost its moment. */
const WORTH_SAYING_HOURS = 24;

export type ReminderCounts = { reminders: number };

type Asked = { patientId: string; appointmentId: string; inviteId: string; officeId: string; notAfterAt: number };

/**
 * Asks once more who was asked the set number of hours ago and has not answered: one reminder a visit, ever. Where a
 * number gets one text a day, it waits for the next. What changes until it leaves (an answer, a STOP, the visit), the
 * gate sees. Reads a bounded stretch of an index on the time of the last change, whatever the history.
 */
export async function planReminders(ctx: Context): Promise<ReminderCounts> {
  const counts: ReminderCounts = { reminders: 0 };
  for (;;) {
    const asked = await readUnanswered(ctx);
    if (asked.length === 0) return counts;
    await insertReminders(ctx, asked);
    counts.reminders += asked.length;
    if (asked.length < BATCH) return counts;
  }
}

async function readUnanswered(ctx: Context): Promise<Asked[]> {
  const { ask, office } = ctx.tenant.settings;
  if (ask.reminderAfterHours === null) return [];
  const now = ctx.now();
  const until = now - ask.reminderAfterHours * HOUR_MS;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(office.timeZone).toPlainDate();
  const isAnotherDay = ask.onePerPhonePerDay ? sql`AND touches.sent_on < ${today.toString()}` : sql``;
  return ctx.db.all<Asked>(sql`SELECT touches.patient_id AS patientId, touches.appointment_id AS appointmentId,
      touches.invite_id AS inviteId, touches.office_id AS officeId,
      min(invites.expires_at, ${now + WORTH_SAYING_HOURS * HOUR_MS}) AS notAfterAt
    FROM ${touches} JOIN ${invites} ON invites.id = touches.invite_id
    WHERE touches.updated_at > ${until - LOOK_BACK_HOURS * HOUR_MS} AND touches.updated_at <= ${until}
      AND touches.kind = 'survey_invite' AND touches.status IN ('accepted', 'sent', 'delivered') ${isAnotherDay}
      AND invites.answered = 0 AND invites.expires_at > ${now}
      AND NOT EXISTS (SELECT 1 FROM ${touches} AS reminder WHERE reminder.dedupe_key = 'remind:' || touches.appointment_id)
    ORDER BY touches.updated_at LIMIT ${BATCH}`);
}

async function insertReminders(ctx: Context, asked: Asked[]): Promise<void> {
  const now = ctx.now();
  const template = ctx.tenant.settings.ask.reminderTemplateKey;
  const rows = asked.map((each) => ({
    ...each,
    id: newId("touch", now),
    dedupeKey: `remind:${each.appointmentId}`,
    dueAt: now,
  }));
  const { at, actor, requestId } = stamp(ctx);
  const columns = {
    kind: sql`'survey_reminder'`,
    channel: sql`'sms'`,
    status: sql`'planned'`,
    templateKey: sql`${template}`,
    templateVersion: sql`(SELECT max(version) FROM message_templates WHERE key = ${template})`,
    createdAt: sql`${at}`,
    updatedAt: sql`${at}`,
  };
  await ctx.db.batch([
    ctx.db.run(insertRows(touches, rows, columns, sql`ON CONFLICT (dedupe_key) DO NOTHING`)),
    ctx.db.run(sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'touch.planned', id, json_object('kind', kind), ${requestId} FROM ${touches}
      WHERE id ${inList(rows.map((row) => row.id))}`),
  ]);
}
