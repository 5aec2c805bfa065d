import { asc, eq, type SQL, sql } from "drizzle-orm";
import { inList, insertRows } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { touches } from "../../db/schema/engagement.ts";
import { audit } from "../../db/schema/operations.ts";
import { appointments, patients } from "../../db/schema/people.ts";
import { invites, surveys } from "../../db/schema/surveys.ts";
import { type Context, stamp } from "../context.ts";
import type { Reason } from "../reasons.ts";
import { decideAsk } from "./decide-ask.ts";
import { endTouches } from "./end-touches.ts";

const BATCH = 500;
const DAY_MS = 86_400_000;

/** `notAsked`: visits that give no reason to ask. `cancelled`: messages that were waiting and are ended for such a visit. */
export type PlanCounts = { looked: number; planned: number; tooOld: number; notAsked: number; cancelled: number };

/**
 * Looks at every visit that is new or has changed since the last time, and writes the touches it gives reason for:
 * once for each visit, however often this runs. Visits that stopped being a reason end their unsent touch.
 */
export async function planAsks(ctx: Context): Promise<PlanCounts> {
  const counts: PlanCounts = { looked: 0, planned: 0, tooOld: 0, notAsked: 0, cancelled: 0 };
  for (;;) {
    const visits = await readVisits(ctx);
    if (visits.length === 0) return counts;
    await planBatch(ctx, visits, counts);
    if (visits.length < BATCH) return counts;
  }
}

type Visit = Awaited<ReturnType<typeof readVisits>>[number];

function readVisits(ctx: Context) {
  return (
    ctx.db
      .select({
        id: appointments.id,
        patientId: appointments.patientId,
        officeId: appointments.officeId,
        status: appointments.status,
        provider: appointments.provider,
        serviceType: appointments.serviceType,
        startsAt: appointments.startsAt,
        removedAt: appointments.removedAt,
        updatedAt: appointments.updatedAt,
        language: patients.language,
      })
      .from(appointments)
      .innerJoin(patients, eq(patients.id, appointments.patientId))
      // Spelled out, not bound: SQLite takes the partial index only where it sees its condition.
      .where(sql`${appointments.needsPlanning} = 1`)
      .orderBy(asc(appointments.updatedAt))
      .limit(BATCH)
  );
}

async function planBatch(ctx: Context, visits: Visit[], counts: PlanCounts): Promise<void> {
  const { settings } = ctx.tenant;
  const now = ctx.now();
  const rows: (ReturnType<typeof askRow> & { decided: "planned" | "skipped" })[] = [];
  const notAReason: string[] = [];
  for (const visit of visits) {
    const decision = decideAsk(visit, settings, now);
    if (decision.ask) rows.push({ ...askRow(ctx, visit, decision.dueAt, decision.notAfterAt), decided: "planned" });
    else if (decision.reason === "too_old") rows.push({ ...askRow(ctx, visit, now, now), decided: "skipped" });
    else notAReason.push(visit.id);
  }
  const plans = rows.filter((row) => row.decided === "planned");
  const statements = [
    clearMarks(visits),
    ...reviveAsks(ctx, plans),
    ...insertAsks(ctx, plans, "planned"),
    ...insertAsks(
      ctx,
      rows.filter((row) => row.decided === "skipped"),
      "skipped",
    ),
    ...endTouches(ctx, sql`appointment_id ${inList(notAReason)} AND status = 'planned'`, "cancelled", "visit_changed"),
  ];
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  const results = first ? await ctx.db.batch([first, ...rest]) : [];
  counts.looked += visits.length;
  counts.planned += plans.length;
  counts.tooOld += rows.length - plans.length;
  counts.notAsked += notAReason.length;
  // The last statement ends the touches.
  counts.cancelled += results.at(-1)?.rowsAffected ?? 0;
}

function askRow(ctx: Context, visit: Visit, dueAt: number, notAfterAt: number) {
  const now = ctx.now();
  return {
    id: newId("touch", now),
    inviteRowId: newId("invite", now),
    dedupeKey: `ask:${visit.id}`,
    patientId: visit.patientId,
    appointmentId: visit.id,
    officeId: visit.officeId,
    locale: visit.language,
    dueAt,
    notAfterAt,
    expiresAt: now + ctx.tenant.settings.ask.linkDays * DAY_MS,
  };
}

/** Why a touch may have been cancelled that a visit put right again brings back: the desk's own slip, or the EHR's. */
const VISIT_REASONS: Reason[] = ["visit_changed", "removed", "not_seen", "other_provider", "other_type"];

/** A visit that is a reason again gets its touch back, if that was cancelled for the visit's sake before anything left. */
function reviveAsks(ctx: Context, plans: ReturnType<typeof askRow>[]): SQL[] {
  const { at, actor, requestId } = stamp(ctx);
  const which = sql`dedupe_key ${inList(plans.map((row) => row.dedupeKey))} AND status = 'cancelled' AND attempt_count = 0
    AND reason ${inList(VISIT_REASONS)}`;
  return [
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, 'touch.planned', id, '{"reason":"visit_is_back"}', ${requestId} FROM ${touches} WHERE ${which}`,
    sql`UPDATE ${touches} SET status = 'planned', reason = NULL, updated_at = ${at} WHERE ${which}`,
  ];
}

/** Invites, touches and audit events of new asks. A visit that was planned before keeps its touch untouched. */
function insertAsks(ctx: Context, rows: ReturnType<typeof askRow>[], status: "planned" | "skipped"): SQL[] {
  if (rows.length === 0) return [];
  const { ask } = ctx.tenant.settings;
  const { at, actor, requestId } = stamp(ctx);
  const surveyVersion = sql`(SELECT max(version) FROM ${surveys} WHERE id = ${ask.surveyId})`;
  const inviteCells = rows.map((row) => ({
    id: row.inviteRowId,
    patientId: row.patientId,
    appointmentId: row.appointmentId,
    locale: row.locale,
    expiresAt: row.expiresAt,
  }));
  const touchCells = rows.map(({ inviteRowId: _, locale: __, expiresAt: ___, ...row }) => row);
  return [
    insertRows(
      invites,
      inviteCells,
      { surveyId: sql`${ask.surveyId}`, surveyVersion, createdAt: sql`${at}` },
      sql`ON CONFLICT (appointment_id, survey_id) DO NOTHING`,
    ),
    insertRows(
      touches,
      touchCells,
      {
        inviteId: sql`(SELECT id FROM ${invites} WHERE appointment_id = json_extract(value, '$.appointmentId') AND survey_id = ${ask.surveyId})`,
        kind: sql`'survey_invite'`,
        channel: sql`'sms'`,
        templateKey: sql`${ask.templateKey}`,
        templateVersion: sql`(SELECT max(version) FROM message_templates WHERE key = ${ask.templateKey})`,
        status: sql`${status}`,
        reason: status === "skipped" ? sql`'too_old'` : sql`NULL`,
        createdAt: sql`${at}`,
        updatedAt: sql`${at}`,
      },
      sql`ON CONFLICT (dedupe_key) DO NOTHING`,
    ),
    sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
      SELECT ${at}, ${actor}, ${`touch.${status}`}, id, json_object('kind', kind), ${requestId} FROM ${touches}
      WHERE id ${inList(rows.map((row) => row.id))}`,
  ];
}

/** The marks of just the versions that were read: a row that changed meanwhile keeps its mark. */
function clearMarks(visits: Visit[]): SQL {
  const versions = JSON.stringify(visits.map(({ id, updatedAt }) => [id, updatedAt]));
  return sql`UPDATE ${appointments} SET needs_planning = 0 FROM json_each(${versions}) AS read
    WHERE appointments.id = json_extract(read.value, '$[0]') AND appointments.updated_at = json_extract(read.value, '$[1]')`;
}
