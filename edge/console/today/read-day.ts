import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { pauses, touches } from "../../../db/schema/engagement.ts";
import { snapshots } from "../../../db/schema/operations.ts";
import { appointments, patients } from "../../../db/schema/people.ts";
import { invites } from "../../../db/schema/surveys.ts";
import { visitRequests } from "../../../db/schema/visits.ts";
import type { Context } from "../../context.ts";
import { lastReadAt } from "../../last-read.ts";
import { visitSource } from "../../tenant-settings.ts";

export type Visit = typeof appointments.$inferSelect;
export type Touch = typeof touches.$inferSelect;
export type Pause = typeof pauses.$inferSelect;
type Reading = { finishedAt: number | null; status: string };

/** One visit of the day with all that was said about it. */
export type DayVisit = {
  visit: Visit;
  patient: Pick<typeof patients.$inferSelect, "id" | "sealed" | "isDeceased" | "doNotContact" | "removedAt">;
  /** Newest first. */
  touches: Touch[];
  answered: boolean;
  /** When the patient last asked for another time than this; null for never. */
  askedAt: number | null;
};

export type Day = {
  visits: DayVisit[];
  pauses: Pause[];
  /** When the visits' source was last read in whole (epoch ms), whatever the day; null when it never was. */
  lastReadAt: number | null;
  /** The last reading of this very day, where days are read one by one. */
  dayReading: Reading | null;
};

const WHOSE = {
  id: patients.id,
  sealed: patients.sealed,
  isDeceased: patients.isDeceased,
  doNotContact: patients.doNotContact,
  removedAt: patients.removedAt,
};

/** Everything about one office-local day, in one round trip. Costs what the day holds, however long the history. */
export async function readDay(ctx: Context, on: string): Promise<Day> {
  const onDay = eq(appointments.localOn, on);
  const source = visitSource(ctx.tenant.settings);
  const [rows, said, asked, wishes, pauseRows, [last], [dayReading]] = await ctx.db.batch([
    ctx.db
      .select({ visit: appointments, patient: WHOSE })
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
    ctx.db
      .select({ appointmentId: visitRequests.appointmentId, at: sql<number>`max(${visitRequests.at})` })
      .from(appointments)
      .innerJoin(
        visitRequests,
        and(eq(visitRequests.appointmentId, appointments.id), eq(visitRequests.startsAt, appointments.startsAt)),
      )
      .where(onDay)
      .groupBy(visitRequests.appointmentId),
    ctx.db.select().from(pauses).where(isNull(pauses.liftedAt)),
    ctx.db.all<{ at: number | null }>(sql`SELECT ${lastReadAt(source)} AS at`),
    ctx.db
      .select({ finishedAt: snapshots.finishedAt, status: snapshots.status })
      .from(snapshots)
      .where(and(sql`finished_at IS NOT NULL`, eq(snapshots.source, source), eq(snapshots.onDay, on)))
      .orderBy(desc(snapshots.finishedAt))
      .limit(1),
  ]);
  const answered = new Set(asked.filter((row) => row.answered === 1).map((row) => row.appointmentId));
  const askedAt = new Map(wishes.map((row) => [row.appointmentId, row.at]));
  const byVisit = Map.groupBy(said, ({ touch }) => touch.appointmentId);
  const visits = rows.map(({ visit, patient }) => ({
    visit,
    patient,
    touches: (byVisit.get(visit.id) ?? []).map(({ touch }) => touch),
    answered: answered.has(visit.id),
    askedAt: askedAt.get(visit.id) ?? null,
  }));
  return { visits, pauses: pauseRows, lastReadAt: last?.at ?? null, dayReading: dayReading ?? null };
}

/** A word that differs whenever the day's page would: what the open page asks for, without any name. */
export async function dayVersion(ctx: Context, on: string): Promise<string> {
  const [row] = await ctx.db.all<{ version: string }>(sql`SELECT
    (SELECT count(*) || '.' || coalesce(max(updated_at), 0) FROM ${appointments} WHERE local_on = ${on}) || '-' ||
    (SELECT count(*) || '.' || coalesce(max(t.updated_at), 0) FROM ${appointments} AS a
      JOIN ${touches} AS t ON t.appointment_id = a.id WHERE a.local_on = ${on}) || '-' ||
    (SELECT coalesce(sum(i.answered), 0) FROM ${appointments} AS a
      JOIN ${invites} AS i ON i.appointment_id = a.id WHERE a.local_on = ${on}) || '-' ||
    (SELECT count(*) || '.' || coalesce(max(r.at), 0) FROM ${appointments} AS a
      JOIN ${visitRequests} AS r ON r.appointment_id = a.id WHERE a.local_on = ${on}) || '-' ||
    (SELECT coalesce(max(finished_at), 0) FROM ${snapshots}) || '-' ||
    (SELECT count(*) || '.' || coalesce(max(coalesce(lifted_at, created_at)), 0) FROM ${pauses}) AS version`);
  return row?.version ?? "";
}
