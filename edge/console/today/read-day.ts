import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { pauses, touches } from "../../../db/schema/engagement.ts";
import { snapshots } from "../../../db/schema/operations.ts";
import { appointments, patients } from "../../../db/schema/people.ts";
import { invites } from "../../../db/schema/surveys.ts";
import type { Context } from "../../context.ts";

export type Visit = typeof appointments.$inferSelect;
export type Touch = typeof touches.$inferSelect;
export type Pause = typeof pauses.$inferSelect;
export type Reading = { finishedAt: number | null; status: string; onDay: string };

/** One visit of the day with all that was said about it. */
export type DayVisit = {
  visit: Visit;
  patient: { id: string; sealed: string };
  /** Newest first. */
  touches: Touch[];
  answered: boolean;
};

export type Day = {
  visits: DayVisit[];
  pauses: Pause[];
  /** The last complete reading of the schedule, whatever its day; null when there was none. */
  lastReading: Reading | null;
  /** The last reading of this very day. */
  dayReading: Reading | null;
};

/** Everything about one office-local day, in one round trip. Costs what the day holds, however long the history. */
export async function readDay(ctx: Context, on: string): Promise<Day> {
  const onDay = eq(appointments.localOn, on);
  const ofSource = eq(snapshots.source, ctx.tenant.settings.schedule.source);
  const reading = { finishedAt: snapshots.finishedAt, status: snapshots.status, onDay: snapshots.onDay };
  const [rows, said, asked, pauseRows, [lastReading], [dayReading]] = await ctx.db.batch([
    ctx.db
      .select({ visit: appointments, patient: { id: patients.id, sealed: patients.sealed } })
      .from(appointments)
      .innerJoin(patients, eq(patients.id, appointments.patientId))
      .where(onDay)
      .orderBy(asc(appointments.startsAt)),
    ctx.db
      .select({ touch: touches })
      .from(appointments)
      .innerJoin(touches, eq(touches.appointmentId, appointments.id))
      .where(onDay)
      .orderBy(desc(touches.createdAt)),
    ctx.db
      .select({ appointmentId: invites.appointmentId, answered: invites.answered })
      .from(appointments)
      .innerJoin(invites, eq(invites.appointmentId, appointments.id))
      .where(onDay),
    ctx.db.select().from(pauses).where(isNull(pauses.liftedAt)),
    ctx.db
      .select(reading)
      .from(snapshots)
      .where(and(sql`finished_at IS NOT NULL`, ofSource))
      .orderBy(desc(snapshots.finishedAt))
      .limit(1),
    ctx.db
      .select(reading)
      .from(snapshots)
      .where(and(sql`finished_at IS NOT NULL`, ofSource, eq(snapshots.onDay, on)))
      .orderBy(desc(snapshots.finishedAt))
      .limit(1),
  ]);
  const answered = new Set(asked.filter((row) => row.answered === 1).map((row) => row.appointmentId));
  const byVisit = Map.groupBy(said, ({ touch }) => touch.appointmentId);
  const visits = rows.map(({ visit, patient }) => ({
    visit,
    patient,
    touches: (byVisit.get(visit.id) ?? []).map(({ touch }) => touch),
    answered: answered.has(visit.id),
  }));
  return { visits, pauses: pauseRows, lastReading: lastReading ?? null, dayReading: dayReading ?? null };
}

/** A word that differs whenever the day's page would: what the open page asks for, without any name. */
export async function dayVersion(ctx: Context, on: string): Promise<string> {
  const [row] = await ctx.db.all<{ version: string }>(sql`SELECT
    (SELECT count(*) || '.' || coalesce(max(updated_at), 0) FROM ${appointments} WHERE local_on = ${on}) || '-' ||
    (SELECT count(*) || '.' || coalesce(max(t.updated_at), 0) FROM ${appointments} AS a
      JOIN ${touches} AS t ON t.appointment_id = a.id WHERE a.local_on = ${on}) || '-' ||
    (SELECT coalesce(sum(i.answered), 0) FROM ${appointments} AS a
      JOIN ${invites} AS i ON i.appointment_id = a.id WHERE a.local_on = ${on}) || '-' ||
    (SELECT coalesce(max(finished_at), 0) FROM ${snapshots}) || '-' ||
    (SELECT count(*) || '.' || coalesce(max(coalesce(lifted_at, created_at)), 0) FROM ${pauses}) AS version`);
  return row?.version ?? "";
}
