import { asc, desc, eq, isNull, sql } from "drizzle-orm";
import { attempts, optOuts, pauses, touches } from "../../../db/schema/engagement.ts";
import { nudges, steps } from "../../../db/schema/nudges.ts";
import { audit } from "../../../db/schema/operations.ts";
import { appointments, contactPoints, offices, patients } from "../../../db/schema/people.ts";
import { deliveryEvents } from "../../../db/schema/reports.ts";
import { invites } from "../../../db/schema/surveys.ts";
import { visitRequests } from "../../../db/schema/visits.ts";
import type { Context } from "../../context.ts";
import { HearbackError } from "../../errors.ts";
import { lastReadAt } from "../../last-read.ts";
import { visitSource } from "../../tenant-settings.ts";

/** The newest of each that a page shows; a person has few, a mistake may have made many. */
const MOST_VISITS = 50;
const MOST_TOUCHES = 100;
const MOST_EVENTS = 300;

/** Everything the store holds about one patient's messages. Nothing in it is opened yet. */
export type Story = Awaited<ReturnType<typeof readStory>>;

/** Reads it in one round trip, each part through an index. Throws NOT_FOUND when there is no such patient here. */
export async function readStory(ctx: Context, patientId: string) {
  const ownTouches = sql`(SELECT id FROM ${touches} WHERE patient_id = ${patientId})`;
  const ownEntities = sql`(SELECT ${patientId} UNION ALL SELECT id FROM ${touches} WHERE patient_id = ${patientId}
    UNION ALL SELECT id FROM ${appointments} WHERE patient_id = ${patientId}
    UNION ALL SELECT id FROM ${invites} WHERE patient_id = ${patientId}
    UNION ALL SELECT id FROM ${optOuts} WHERE address_key IN (SELECT address_key FROM ${contactPoints} WHERE patient_id = ${patientId} UNION SELECT ${patientId}))`;
  const [
    [patient],
    numbers,
    visits,
    said,
    tries,
    reports,
    asked,
    stops,
    holds,
    [office],
    [reading],
    events,
    stepNames,
    wishes,
  ] = await ctx.db.batch([
    ctx.db.select().from(patients).where(eq(patients.id, patientId)),
    ctx.db
      .select()
      .from(contactPoints)
      .where(eq(contactPoints.patientId, patientId))
      .orderBy(desc(contactPoints.isCurrent)),
    ctx.db
      .select()
      .from(appointments)
      .where(eq(appointments.patientId, patientId))
      .orderBy(desc(appointments.startsAt))
      .limit(MOST_VISITS),
    ctx.db
      .select()
      .from(touches)
      .where(eq(touches.patientId, patientId))
      .orderBy(desc(touches.createdAt))
      .limit(MOST_TOUCHES),
    ctx.db.select().from(attempts).where(sql`touch_id IN ${ownTouches}`).orderBy(asc(attempts.startedAt)),
    ctx.db.select().from(deliveryEvents).where(sql`touch_id IN ${ownTouches}`).orderBy(asc(deliveryEvents.receivedAt)),
    ctx.db.select().from(invites).where(eq(invites.patientId, patientId)),
    ctx.db
      .select()
      .from(optOuts)
      .where(sql`address_key IN (SELECT address_key FROM ${contactPoints} WHERE patient_id = ${patientId})`)
      .orderBy(desc(optOuts.at)),
    ctx.db.select().from(pauses).where(isNull(pauses.liftedAt)),
    ctx.db.select().from(offices).limit(1),
    ctx.db.all<{ at: number | null }>(sql`SELECT ${lastReadAt(visitSource(ctx.tenant.settings))} AS at`),
    ctx.db.select().from(audit).where(sql`entity_id IN ${ownEntities}`).orderBy(desc(audit.seq)).limit(MOST_EVENTS),
    ctx.db
      .select({ stepId: steps.id, seq: steps.seq, nudge: nudges.name })
      .from(steps)
      .innerJoin(nudges, eq(nudges.id, steps.nudgeId))
      .where(sql`${steps.id} IN (SELECT step_id FROM ${touches} WHERE patient_id = ${patientId})`),
    ctx.db
      .select({
        appointmentId: visitRequests.appointmentId,
        startsAt: visitRequests.startsAt,
        at: visitRequests.at,
      })
      .from(visitRequests)
      .where(sql`appointment_id IN (SELECT id FROM ${appointments} WHERE patient_id = ${patientId})`)
      .orderBy(desc(visitRequests.at)),
  ]);
  if (!patient || !office) throw new HearbackError("NOT_FOUND", "There is no such patient here.");
  const dataReadAt = reading?.at ?? null;
  return {
    patient,
    numbers,
    visits,
    touches: said,
    attempts: tries,
    reports,
    invites: asked,
    stops,
    holds,
    office,
    dataReadAt,
    events,
    stepNames,
    wishes,
  };
}
