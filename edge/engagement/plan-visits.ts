import { asc, eq, type SQL, sql } from "drizzle-orm";
import { inList, insertRows } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { touches } from "../../db/schema/engagement.ts";
import { steps } from "../../db/schema/nudges.ts";
import { appointments, patients } from "../../db/schema/people.ts";
import { invites, surveys } from "../../db/schema/surveys.ts";
import type { Context } from "../context.ts";
import type { Reason } from "../reasons.ts";
import { wantsAnotherTime } from "./another-time.ts";
import { applyDiff } from "./apply-diff.ts";
import { CORRECTIONS } from "./decide-correction.ts";
import { diffWanted, placedBy, type Standing, type Wanted } from "./diff-wanted.ts";
import { endConfirmations } from "./end-confirmations.ts";
import { buyingsOf, enlist } from "./media-buys/enlist.ts";
import { readNudges } from "./read-nudges.ts";
import { STANDING } from "./read-standing.ts";
import { type VisitPlan, wantForVisit } from "./want-visit.ts";

const BATCH = 500;
const DAY_MS = 86_400_000;

export type PlanCounts = {
  looked: number;
  planned: number;
  tooOld: number;
  /** Visits that give no reason to ask how they were. */
  notAsked: number;
  /** Messages that waited and were called off, because of what changed. */
  cancelled: number;
};

/**
 * Looks at every visit that is new or has changed since the last time, and makes what is planned about it what is
 * wanted: the question how it was, once for each visit however often this runs, and the reminders of nudges. Messages
 * that waited and are no longer wanted end with their reason.
 */
export async function planVisits(ctx: Context): Promise<PlanCounts> {
  const counts: PlanCounts = { looked: 0, planned: 0, tooOld: 0, notAsked: 0, cancelled: 0 };
  const rules = { ...(await readNudges(ctx)), ...(await readVersions(ctx)) };
  for (;;) {
    const visits = await readVisits(ctx);
    if (visits.length === 0) return counts;
    await planBatch(ctx, visits, rules, counts);
    if (visits.length < BATCH) return counts;
  }
}

export type Visit = Awaited<ReturnType<typeof readVisits>>[number];
export type Rules = Awaited<ReturnType<typeof readNudges>> & Awaited<ReturnType<typeof readVersions>>;

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
        endsAt: appointments.endsAt,
        removedAt: appointments.removedAt,
        removedReason: appointments.removedReason,
        updatedAt: appointments.updatedAt,
        confirmedForAt: appointments.confirmedForAt,
        wantsAnotherTime: wantsAnotherTime(sql`${appointments}`, ctx.now()),
        language: patients.language,
        timeZone: patients.timeZone,
        state: patients.state,
        phoneZones: sql<
          string | null
        >`(SELECT time_zone FROM contact_points WHERE contact_points.patient_id = ${patients.id}
          AND system = 'sms' AND is_current = 1 ORDER BY contact_points.updated_at DESC LIMIT 1)`,
        kind: patients.kind,
        isDeceased: patients.isDeceased,
        doNotContact: patients.doNotContact,
        patientRemovedAt: patients.removedAt,
      })
      .from(appointments)
      .innerJoin(patients, eq(patients.id, appointments.patientId))
      // Spelled out, not bound: SQLite takes the partial index only where it sees its condition.
      .where(sql`${appointments.needsPlanning} = 1`)
      .orderBy(asc(appointments.updatedAt))
      .limit(BATCH)
  );
}

async function readVersions(ctx: Context) {
  const { ask } = ctx.tenant.settings;
  const keys = Object.values(CORRECTIONS).flatMap((wordings) => Object.values(wordings));
  const wordings = await ctx.db.all<{ key: string; version: number }>(sql`SELECT key, max(version) AS version
    FROM message_templates WHERE key ${inList([ask.templateKey, ...keys])} GROUP BY key`);
  const [survey] = await ctx.db.all<{ version: number | null }>(
    sql`SELECT max(version) AS version FROM ${surveys} WHERE id = ${ask.surveyId}`,
  );
  const newest = new Map(wordings.map(({ key, version }) => [key, version]));
  return {
    templateVersion: newest.get(ask.templateKey) ?? 1,
    surveyVersion: survey?.version ?? 1,
    /** The newest version of each wording of a correction that the clinic has. */
    corrections: newest,
  };
}

async function planBatch(ctx: Context, visits: Visit[], rules: Rules, counts: PlanCounts): Promise<void> {
  const ledger = await readLedger(ctx, visits);
  const plans = visits.map((visit) => wantForVisit(ctx, visit, rules, ledger.get(visit.id) ?? []));
  const diff = diffWanted(
    plans.flatMap(({ wanted }) => wanted),
    plans.flatMap(({ standing }) => standing),
    ctx.now(),
  );
  const reasons = reasonsOf(plans);
  const statements = [
    ...insertInvites(ctx, visits, diff.insert, rules),
    ...applyDiff(ctx, diff, ({ id }) => reasons.get(id) ?? "visit_changed"),
    ...(await enlist(ctx, buyingsOf(rules.live), placedBy(diff))),
    ...endConfirmations(ctx, visits),
    clearMarks(visits),
  ];
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
  counts.looked += visits.length;
  counts.planned += diff.insert.filter(({ skip }) => skip === null).length + diff.revive.length;
  counts.tooOld += diff.insert.filter(({ skip }) => skip === "too_old").length;
  counts.notAsked += plans.filter(({ isAsked }) => !isAsked).length;
  counts.cancelled += diff.cancel.length;
}

/** All that was ever planned about these visits, by visit: a few rows each. */
async function readLedger(ctx: Context, visits: Visit[]): Promise<Map<string, VisitTouch[]>> {
  const rows = await ctx.db.all<VisitTouch>(sql`SELECT ${STANDING}, kind, step_id AS stepId, patient_id AS patientId,
      (SELECT anchor FROM ${steps} WHERE steps.id = touches.step_id) AS anchor,
      appointment_id AS appointmentId
    FROM ${touches} WHERE appointment_id ${inList(visits.map(({ id }) => id))}`);
  return Map.groupBy(rows, ({ appointmentId }) => appointmentId);
}

export type VisitTouch = Standing & {
  kind: string;
  stepId: string | null;
  patientId: string;
  /** Of its step: which of the visit's instants `anchorAt` is. */
  anchor: string | null;
  appointmentId: string;
};

function reasonsOf(plans: VisitPlan[]): Map<string, Reason> {
  return new Map(plans.flatMap(({ standing, why }) => standing.map((row): [string, Reason] => [row.id, why(row)])));
}

function insertInvites(ctx: Context, visits: Visit[], inserted: Wanted[], { surveyVersion }: Rules): SQL[] {
  const asks = inserted.filter(({ surveyId }) => surveyId !== null);
  if (asks.length === 0) return [];
  const now = ctx.now();
  const languages = new Map(visits.map(({ id, language }) => [id, language]));
  const rows = asks.map(({ patientId, appointmentId, surveyId }) => ({
    id: newId("invite", now),
    patientId,
    appointmentId,
    surveyId,
    locale: languages.get(appointmentId ?? "") ?? null,
  }));
  const columns = {
    surveyVersion: sql`${surveyVersion}`,
    expiresAt: sql`${now + ctx.tenant.settings.ask.linkDays * DAY_MS}`,
    createdAt: sql`${now}`,
  };
  return [insertRows(invites, rows, columns, sql`ON CONFLICT (appointment_id, survey_id) DO NOTHING`)];
}

/** The marks of just the versions that were read: a row that changed meanwhile keeps its mark. */
function clearMarks(visits: Visit[]): SQL {
  const versions = JSON.stringify(visits.map(({ id, updatedAt }) => [id, updatedAt]));
  return sql`UPDATE ${appointments} SET needs_planning = 0 FROM json_each(${versions}) AS read
    WHERE appointments.id = json_extract(read.value, '$[0]') AND appointments.updated_at = json_extract(read.value, '$[1]')`;
}
