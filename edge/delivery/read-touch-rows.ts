import { desc, eq, isNull, sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import { messageTemplates, pauses, touches } from "../../db/schema/engagement.ts";
import { purchases } from "../../db/schema/imports.ts";
import { mediaBuys, nudges } from "../../db/schema/nudges.ts";
import { appointments, contactPoints, offices, patients } from "../../db/schema/people.ts";
import { invites } from "../../db/schema/surveys.ts";
import { countedFrom, MAY_HAVE_ARRIVED, type Rival } from "../caps.ts";
import type { Context } from "../context.ts";
import { lastReadAt } from "../last-read.ts";
import { visitSource } from "../tenant-settings.ts";
import { type Will, willsOf } from "./wills.ts";

/** A touch with what it is about. */
export type TouchRow = {
  touches: typeof touches.$inferSelect;
  offices: typeof offices.$inferSelect;
  patients: typeof patients.$inferSelect;
  appointments: typeof appointments.$inferSelect | null;
  invites: typeof invites.$inferSelect | null;
  media_buys: typeof mediaBuys.$inferSelect | null;
};

const DAY_MS = 86_400_000;

/** All rows that the gate and the message look at for these touches, in one round trip. */
export function readTouchRows(ctx: Context, ids: string[]) {
  const mine = sql`${inList(ids)}`;
  const addresses = sql`(SELECT address_key FROM contact_points WHERE is_current = 1
    AND patient_id IN (SELECT patient_id FROM touches WHERE id ${mine}))`;
  return ctx.db.batch([
    ctx.db
      .select()
      .from(touches)
      .innerJoin(offices, eq(offices.id, touches.officeId))
      .innerJoin(patients, eq(patients.id, touches.patientId))
      .leftJoin(appointments, eq(appointments.id, touches.appointmentId))
      .leftJoin(invites, eq(invites.id, touches.inviteId))
      .leftJoin(mediaBuys, eq(mediaBuys.id, touches.mediaBuyId))
      .where(sql`${touches.id} ${mine}`)
      .orderBy(touches.dueAt),
    ctx.db
      .select()
      .from(contactPoints)
      .where(sql`is_current = 1 AND patient_id IN (SELECT patient_id FROM touches WHERE id ${mine})`)
      .orderBy(desc(contactPoints.updatedAt)),
    ctx.db.all<Will>(willsOf(addresses)),
    ctx.db
      .select({ id: touches.id, addressKey: touches.addressKey, sentOn: touches.sentOn, countsAs: touches.countsAs })
      .from(touches)
      .where(sql`address_key IN ${addresses} AND sent_on >= ${countedFrom(ctx.now())} AND ${MAY_HAVE_ARRIVED}`),
    ctx.db
      .select()
      .from(messageTemplates)
      .where(sql`(key, version) IN (SELECT DISTINCT template_key, template_version FROM touches WHERE id ${mine})`),
    ctx.db
      .select()
      .from(purchases)
      .where(sql`patient_id IN (SELECT patient_id FROM touches WHERE id ${mine} AND nudge_id IS NOT NULL)
        AND status = 'sold' AND removed_at IS NULL`)
      .orderBy(desc(purchases.purchasedAt)),
    ctx.db.all<Rival>(sql`SELECT waiting.id, patient_id AS patientId, channel, due_at AS dueAt, priority, category
      FROM ${touches} AS waiting JOIN ${nudges} ON nudges.id = waiting.nudge_id AND nudges.status = 'active'
      WHERE waiting.status = 'planned' AND patient_id IN (SELECT patient_id FROM touches WHERE id ${mine})
        AND due_at < ${ctx.now() + DAY_MS} AND priority > 0`),
    ctx.db.select().from(pauses).where(isNull(pauses.liftedAt)),
    ctx.db.all<{ at: number | null }>(sql`SELECT ${lastReadAt(visitSource(ctx.tenant.settings))} AS at`),
  ]);
}
