import { asc, eq, type SQL, sql } from "drizzle-orm";
import { attempts, optOuts, touches } from "../../../db/schema/engagement.ts";
import { addresses, externalRefs, purchases } from "../../../db/schema/imports.ts";
import { calls, consents, mediaBuyRecipients } from "../../../db/schema/nudges.ts";
import { audit, inboundMessages } from "../../../db/schema/operations.ts";
import { appointments, changeLog, contactPoints, patients } from "../../../db/schema/people.ts";
import { deliveryEvents } from "../../../db/schema/reports.ts";
import { invites, responses } from "../../../db/schema/surveys.ts";
import { visitRequests } from "../../../db/schema/visits.ts";
import type { Context } from "../../context.ts";

/** All rows that the store holds about one person, still sealed. */
export type PersonRecord = Awaited<ReturnType<typeof readRecord>>;

/**
 * Reads them in one round trip, each kind through an index. What is known by a number or address alone (texts, opt-outs,
 * consents) counts as the person's where nobody else has it; `shared` are the indexes of those that others have, too.
 */
export async function readRecord(ctx: Context, patientId: string) {
  const their = (table: string): SQL => sql`SELECT id FROM ${sql.raw(table)} WHERE patient_id = ${patientId}`;
  const own = sql`SELECT address_key FROM ${contactPoints} WHERE patient_id = ${patientId}`;
  const sharedKeys = sql`SELECT mine.address_key FROM ${contactPoints} AS mine WHERE mine.patient_id = ${patientId}
    AND EXISTS (SELECT 1 FROM ${contactPoints} AS other WHERE other.address_key = mine.address_key AND other.patient_id <> ${patientId})`;
  const entities = sql`SELECT ${patientId} UNION ALL ${their("touches")} UNION ALL ${their("appointments")}
    UNION ALL ${their("purchases")} UNION ALL ${their("invites")} UNION ALL ${own}
    UNION ALL SELECT id FROM ${optOuts} WHERE address_key IN (${own}) UNION ALL SELECT id FROM ${consents} WHERE address_key IN (${own})`;
  const visits = sql`(${their("appointments")})`;
  const said = sql`(${their("touches")})`;
  const batch = await ctx.db.batch([
    ctx.db.select().from(patients).where(eq(patients.id, patientId)),
    ctx.db.select().from(contactPoints).where(eq(contactPoints.patientId, patientId)),
    ctx.db.select().from(addresses).where(eq(addresses.patientId, patientId)),
    ctx.db.select().from(externalRefs).where(sql`entity_id IN (${entities})`),
    ctx.db.select().from(appointments).where(eq(appointments.patientId, patientId)).orderBy(asc(appointments.startsAt)),
    ctx.db.select().from(purchases).where(eq(purchases.patientId, patientId)).orderBy(asc(purchases.purchasedAt)),
    ctx.db.select().from(touches).where(eq(touches.patientId, patientId)).orderBy(asc(touches.createdAt)),
    ctx.db.select().from(attempts).where(sql`touch_id IN ${said}`).orderBy(asc(attempts.startedAt)),
    ctx.db.select().from(deliveryEvents).where(sql`touch_id IN ${said}`).orderBy(asc(deliveryEvents.receivedAt)),
    ctx.db.select().from(invites).where(eq(invites.patientId, patientId)),
    // Spelled out: SQLite takes the partial index only where it sees its condition.
    ctx.db.select().from(responses).where(sql`patient_id = ${patientId} AND patient_id IS NOT NULL`),
    ctx.db.select().from(optOuts).where(sql`address_key IN (${own})`).orderBy(asc(optOuts.at)),
    ctx.db.select().from(consents).where(sql`address_key IN (${own})`).orderBy(asc(consents.at)),
    ctx.db.select().from(calls).where(sql`appointment_id IN ${visits}`).orderBy(asc(calls.at)),
    ctx.db.select().from(visitRequests).where(sql`appointment_id IN ${visits}`).orderBy(asc(visitRequests.at)),
    ctx.db.select().from(mediaBuyRecipients).where(eq(mediaBuyRecipients.patientId, patientId)),
    ctx.db.select().from(changeLog).where(sql`entity_id IN (${entities})`).orderBy(asc(changeLog.at)),
    ctx.db
      .select()
      .from(inboundMessages)
      .where(sql`address_key IS NOT NULL AND address_key IN (${own}) AND address_key NOT IN (${sharedKeys})`)
      .orderBy(asc(inboundMessages.receivedAt)),
    ctx.db.select().from(audit).where(sql`entity_id IN (${entities})`).orderBy(asc(audit.seq)),
    ctx.db.all<{ key: string }>(sql`SELECT DISTINCT address_key AS "key" FROM (${sharedKeys})`),
  ]);
  const [[patient], contacts, [address], refs, seen, bought, messages, tries, reports, asked, ...rest] = batch;
  const [answers, stops, yeses, called, requests, mailed, changes, texts, events, shared] = rest;
  return {
    ...{ patient, contacts, address, refs, seen, bought, messages, tries, reports, asked },
    ...{ answers, stops, yeses, called, requests, mailed, changes, texts, events },
    shared: new Set(shared.map(({ key }) => key)),
  };
}
