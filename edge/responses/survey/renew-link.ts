import { sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { appointments } from "../../../db/schema/people.ts";
import { invites } from "../../../db/schema/surveys.ts";
import type { Context } from "../../context.ts";
import { planFreshLink } from "../plan-fresh-link.ts";
import { findLink } from "./find-link.ts";

const DAY_MS = 86_400_000;

/**
 * Plans a text with a fresh link where this one ran out unanswered, and opens the invite again with it. Tells whether
 * there is such a link.
 */
export async function renewSurveyLink(ctx: Context, tokenHash: string): Promise<boolean> {
  const link = await findLink(ctx, tokenHash);
  const now = ctx.now();
  if (!link || link.answered || link.expiresAt > now) return link !== null;
  const { inviteId } = link;
  const until = now + ctx.tenant.settings.ask.linkDays * DAY_MS;
  await planFreshLink(ctx, {
    kind: "survey_fresh_link",
    subjectId: inviteId,
    sameLink: sql`invite_id = ${inviteId}`,
    whom: sql`SELECT invite.patient_id AS patientId, invite.appointment_id AS appointmentId, invite.id AS inviteId,
        visit.office_id AS officeId, 'sms' AS channel, 'survey-fresh-link' AS templateKey, ${now + 2 * DAY_MS} AS notAfterAt
      FROM ${invites} AS invite JOIN ${appointments} AS visit ON visit.id = invite.appointment_id
      WHERE invite.id = ${inviteId} AND invite.answered = 0`,
    also: (touchId) => [
      sql`UPDATE ${invites} SET expires_at = max(expires_at, ${until})
        WHERE id = ${inviteId} AND EXISTS (SELECT 1 FROM ${touches} WHERE id = ${touchId})`,
    ],
  });
  return true;
}
