import { sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { appointments } from "../../../db/schema/people.ts";
import { visitLinks } from "../../../db/schema/visits.ts";
import type { Context } from "../../context.ts";
import { planFreshLink } from "../plan-fresh-link.ts";
import { findVisit } from "./find-visit.ts";

const DAY_MS = 86_400_000;

/**
 * Plans a message with a fresh link, the way the one before went (by text where that was a letter), where this one ran
 * out and its visit is still to come: never for one that is over, off or unsure. Tells whether there is such a link.
 */
export async function renewVisitLink(ctx: Context, tokenHash: string): Promise<boolean> {
  const visit = await findVisit(ctx, tokenHash);
  const now = ctx.now();
  if (!visit || visit.expiresAt > now) return visit !== null;
  const { appointmentId } = visit;
  await planFreshLink(ctx, {
    kind: "visit_fresh_link",
    subjectId: appointmentId,
    sameLink: sql`appointment_id = ${appointmentId} AND kind = 'visit_fresh_link'`,
    whom: sql`SELECT visit.patient_id AS patientId, visit.id AS appointmentId, NULL AS inviteId, visit.office_id AS officeId,
        iif(told.channel = 'mail', 'mail', 'sms') AS channel, min(visit.starts_at, ${now + 2 * DAY_MS}) AS notAfterAt,
        iif(told.channel = 'mail', 'visit-fresh-link-mail', 'visit-fresh-link') AS templateKey
      FROM ${visitLinks} AS link JOIN ${appointments} AS visit ON visit.id = link.appointment_id
        LEFT JOIN ${touches} AS told ON told.id = link.touch_id
      WHERE link.token_hash = ${tokenHash} AND visit.starts_at > ${now} AND visit.removed_at IS NULL
        AND visit.status IN ('pending', 'booked')`,
  });
  return true;
}
