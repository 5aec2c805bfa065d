import { sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { calls, nudges } from "../../../db/schema/nudges.ts";
import { appointments, contactPoints, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { HearbackError } from "../../errors.ts";

export const CALL_SHOWS = ["open", "later", "done"] as const;
export type CallShow = (typeof CALL_SHOWS)[number];

/** Why a text cannot tell somebody of a visit. An opt-out from texts says nothing about a call for the visit's sake. */
const UNREACHED = ["no_phone", "invalid_phone", "landline", "unreachable", "handset_off", "opted_out"];
const AHEAD_DAYS = 14;
const DAY_MS = 86_400_000;
const MOST_ROWS = 200;
const CURSOR = /^(\d{13})\.(apt_[0-9a-f]{32})$/;

export type ToCall = {
  id: string;
  patientId: string;
  startsAt: number;
  officeId: string;
  provider: string;
  reason: string;
  nudge: string;
  callId: string | null;
  outcome: (typeof calls.$inferSelect)["outcome"] | null;
  againAt: number | null;
  calledBy: string | null;
  calledAt: number | null;
};

/**
 * Visits of the next two weeks whose people a wanted message could not reach and none did, soonest first, a page at a
 * time; who must not be contacted at all is not among them, nor anybody over an offer. `after` is the last page's
 * `next`; `limit` is cut to 200. Throws BAD_REQUEST for a cursor that is none of ours.
 */
export async function listCalls(
  ctx: Context,
  { show, after, limit }: { show: CallShow; after: string | undefined; limit: number },
) {
  const size = Math.min(limit, MOST_ROWS);
  const [, at = String(ctx.now()), id = ""] = after ? cursorOf(after) : [];
  const rows = await ctx.db.all<ToCall>(sql`SELECT visit.id, visit.patient_id AS patientId, visit.starts_at AS startsAt,
      visit.office_id AS officeId, visit.provider, missed.reason, nudges.name AS nudge, call.id AS callId, call.outcome,
      call.again_at AS againAt, call.by AS calledBy, call.at AS calledAt
    FROM ${appointments} AS visit
    JOIN ${touches} AS missed ON missed.id = (SELECT id FROM ${touches} WHERE appointment_id = visit.id
      AND nudge_id IS NOT NULL AND status IN ('skipped', 'undelivered', 'failed') AND reason ${inList(UNREACHED)}
      ORDER BY created_at DESC LIMIT 1)
    JOIN ${nudges} ON nudges.id = missed.nudge_id AND nudges.category <> 'marketing'
    JOIN ${patients} AS person ON person.id = visit.patient_id AND person.do_not_contact = 0 AND person.is_deceased = 0
    LEFT JOIN ${calls} AS call ON call.id = (SELECT id FROM ${calls} WHERE appointment_id = visit.id ORDER BY at DESC LIMIT 1)
    WHERE visit.removed_at IS NULL AND visit.starts_at >= ${Number(at)} AND visit.starts_at < ${ctx.now() + AHEAD_DAYS * DAY_MS}
      AND (visit.starts_at, visit.id) > (${Number(at)}, ${id}) AND visit.status IN ('pending', 'booked')
      AND NOT EXISTS (SELECT 1 FROM ${touches} WHERE appointment_id = visit.id AND nudge_id IS NOT NULL
        AND status IN ('accepted', 'sent', 'delivered'))
      AND ${SHOWN[show](ctx.now())}
    ORDER BY visit.starts_at, visit.id LIMIT ${size + 1}`);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  const whose = inList([...new Set(shown.map(({ patientId }) => patientId))]);
  const [sealed, numbers] = await ctx.db.batch([
    ctx.db.select({ id: patients.id, sealed: patients.sealed }).from(patients).where(sql`id ${whose}`),
    ctx.db
      .select()
      .from(contactPoints)
      .where(sql`patient_id ${whose} AND system IN ('sms', 'phone') AND is_current = 1`)
      .orderBy(sql`system = 'sms'`),
  ]);
  return { rows: shown, patients: sealed, numbers, next: last ? `${last.startsAt}.${last.id}` : null };
}

const SHOWN = {
  open: (now: number) => sql`(call.id IS NULL OR (call.outcome = 'no_answer' AND call.again_at <= ${now}))`,
  later: (now: number) => sql`call.outcome = 'no_answer' AND call.again_at > ${now}`,
  done: () => sql`call.outcome IN ('reached', 'left_message', 'wrong_number')`,
};

function cursorOf(cursor: string): RegExpExecArray {
  const found = CURSOR.exec(cursor);
  if (!found) throw new HearbackError("BAD_REQUEST", "There is no such page of the list.");
  return found;
}
