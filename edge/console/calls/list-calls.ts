import { type SQL, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { calls, nudges } from "../../../db/schema/nudges.ts";
import { appointments, contactPoints, patients } from "../../../db/schema/people.ts";
import { visitRequests } from "../../../db/schema/visits.ts";
import type { Context } from "../../context.ts";
import { SETTLED } from "../../engagement/another-time.ts";
import { HearbackError } from "../../errors.ts";

export const CALL_SHOWS = ["open", "later", "done"] as const;
export type CallShow = (typeof CALL_SHOWS)[number];

/** Why no message could tell somebody of a visit. An opt-out from texts says nothing about a call for the visit's sake. */
const UNREACHED = [
  ...["no_phone", "invalid_phone", "landline", "unreachable", "handset_off", "opted_out"],
  ...["no_mail_address", "invalid_address", "bounced_for_now", "provider_down"],
];
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
  /** Why no message told of it, and which nudge's; null for who asked for another time. */
  reason: string | null;
  nudge: string | null;
  /** When another time was last asked for; null for who could not be told. */
  askedAt: number | null;
  /** That they come after all, said later than that. */
  confirmedAt: number | null;
  callId: string | null;
  outcome: (typeof calls.$inferSelect)["outcome"] | null;
  againAt: number | null;
  calledBy: string | null;
  calledAt: number | null;
};

/**
 * Visits ahead whose people asked for another time, and those of the next two weeks whose people a wanted message could
 * not reach and none did; soonest first, a page at a time. Who must not be contacted at all is not among them, nor
 * anybody over an offer. `after` is the last page's `next`; `limit` is cut to 200. Throws BAD_REQUEST for a cursor that
 * is none of ours.
 */
export async function listCalls(
  ctx: Context,
  { show, after, limit }: { show: CallShow; after: string | undefined; limit: number },
) {
  const size = Math.min(limit, MOST_ROWS);
  const [, at = String(ctx.now()), id = ""] = after ? cursorOf(after) : [];
  const from = { at: Number(at), id };
  const rows = await ctx.db.all<ToCall>(sql`${unreached(ctx, show, from)} UNION ALL ${asked(ctx, show, from)}
    ORDER BY 3, 1 LIMIT ${size + 1}`);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  const whose = inList([...new Set(shown.map(({ patientId }) => patientId))]);
  const wished = inList(shown.flatMap((row) => (row.askedAt === null ? [] : row.id)));
  const [sealed, numbers, wishes] = await ctx.db.batch([
    ctx.db.select({ id: patients.id, sealed: patients.sealed }).from(patients).where(sql`id ${whose}`),
    ctx.db
      .select()
      .from(contactPoints)
      .where(sql`patient_id ${whose} AND system IN ('sms', 'phone') AND is_current = 1`)
      .orderBy(sql`system = 'sms'`),
    ctx.db.select().from(visitRequests).where(sql`appointment_id ${wished}`).orderBy(sql`at DESC`),
  ]);
  const next = last ? `${last.startsAt}.${last.id}` : null;
  return { rows: shown, patients: sealed, numbers, wishes, next };
}

/** How many who asked for another time have not been called since. */
export async function countAsked(ctx: Context): Promise<number> {
  const all = asked(ctx, "open", { at: ctx.now(), id: "" });
  const [row] = await ctx.db.all<{ count: number }>(sql`SELECT count(*) AS count FROM (${all})`);
  return row?.count ?? 0;
}

type From = { at: number; id: string };

const VISIT = sql`visit.id, visit.patient_id AS patientId, visit.starts_at AS startsAt, visit.office_id AS officeId, visit.provider`;
const CALL = sql`call.id AS callId, call.outcome, call.again_at AS againAt, call.by AS calledBy, call.at AS calledAt`;
const JOINED = sql`JOIN ${patients} AS person ON person.id = visit.patient_id AND person.do_not_contact = 0 AND person.is_deceased = 0
  LEFT JOIN ${calls} AS call ON call.id = (SELECT id FROM ${calls} WHERE appointment_id = visit.id ORDER BY at DESC LIMIT 1)`;

function unreached(ctx: Context, show: CallShow, from: From): SQL {
  return sql`SELECT ${VISIT}, missed.reason, nudges.name AS nudge, NULL AS askedAt, NULL AS confirmedAt, ${CALL}
    FROM ${appointments} AS visit
    JOIN ${touches} AS missed ON missed.id = (SELECT id FROM ${touches} WHERE appointment_id = visit.id
      AND nudge_id IS NOT NULL AND status IN ('skipped', 'undelivered', 'failed', 'expired') AND reason ${inList(UNREACHED)}
      ORDER BY created_at DESC LIMIT 1)
    JOIN ${nudges} ON nudges.id = missed.nudge_id AND nudges.category <> 'marketing' ${JOINED}
    WHERE ${standsAfter(from)} AND visit.starts_at < ${ctx.now() + AHEAD_DAYS * DAY_MS}
      AND NOT EXISTS (SELECT 1 FROM ${touches} WHERE appointment_id = visit.id AND nudge_id IS NOT NULL
        AND status IN ('accepted', 'sent', 'delivered'))
      AND NOT EXISTS (SELECT 1 FROM ${visitRequests} WHERE appointment_id = visit.id AND starts_at = visit.starts_at)
      AND ${SHOWN[show](ctx.now(), sql`0`)}`;
}

/** A wish is about one time: once the visit stands at another, it has been met. */
function asked(ctx: Context, show: CallShow, from: From): SQL {
  const confirmed = sql`iif(visit.confirmed_for_at = visit.starts_at AND visit.confirmed_at > wish.at, visit.confirmed_at, NULL)`;
  return sql`SELECT ${VISIT}, NULL AS reason, NULL AS nudge, wish.at AS askedAt, ${confirmed} AS confirmedAt, ${CALL}
    FROM (SELECT appointment_id, starts_at, max(at) AS at FROM ${visitRequests}
      WHERE starts_at >= ${from.at} GROUP BY starts_at, appointment_id) AS wish
    JOIN ${appointments} AS visit ON visit.id = wish.appointment_id AND visit.starts_at = wish.starts_at ${JOINED}
    WHERE ${standsAfter(from)} AND ${SHOWN[show](ctx.now(), sql`wish.at`)}`;
}

function standsAfter({ at, id }: From): SQL {
  return sql`visit.removed_at IS NULL AND visit.starts_at >= ${at} AND (visit.starts_at, visit.id) > (${at}, ${id})
    AND visit.status IN ('pending', 'booked')`;
}

/** By what the last call since then came to. */
const SHOWN: Record<CallShow, (now: number, since: SQL) => SQL> = {
  open: (now, since) =>
    sql`(call.id IS NULL OR call.at < ${since} OR (call.outcome = 'no_answer' AND call.again_at <= ${now}))`,
  later: (now, since) => sql`call.outcome = 'no_answer' AND call.again_at > ${now} AND call.at >= ${since}`,
  done: (_now, since) => sql`call.outcome IN ${SETTLED} AND call.at >= ${since}`,
};

function cursorOf(cursor: string): RegExpExecArray {
  const found = CURSOR.exec(cursor);
  if (!found) throw new HearbackError("BAD_REQUEST", "There is no such page of the list.");
  return found;
}
