import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../../db/audit.ts";
import { newId } from "../../../db/ids.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { appointments } from "../../../db/schema/people.ts";
import { invites } from "../../../db/schema/surveys.ts";
import { type Context, stamp } from "../../context.ts";
import { wake } from "../../wake.ts";
import type { Link } from "./find-link.ts";

const DAY_MS = 86_400_000;
const TEMPLATE = "survey-fresh-link";
/** More than this for one visit is somebody playing with a stranger's phone. */
const MOST_PER_INVITE = 2;

/**
 * Plans one more text, with a fresh link, to the number on file, and opens the invite again. The gate still has its say
 * (opt-out, night, caps). Asked again before that text has left, nothing changes.
 */
export async function requestFreshLink(ctx: Context, { inviteId }: Link): Promise<void> {
  const now = ctx.now();
  const until = now + ctx.tenant.settings.ask.linkDays * DAY_MS;
  const touchId = newId("touch", now);
  const before = sql`(SELECT count(*) FROM ${touches} WHERE invite_id = ${inviteId} AND kind = 'survey_fresh_link')`;
  const [planned] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${touches} (id, dedupe_key, kind, patient_id, appointment_id, invite_id, office_id, channel,
        template_key, template_version, status, due_at, not_after_at, created_at, updated_at)
      SELECT ${touchId}, 'fresh:' || invites.id || ':' || ${before}, 'survey_fresh_link', invites.patient_id, invites.appointment_id,
        invites.id, appointments.office_id, 'sms', ${TEMPLATE}, (SELECT max(version) FROM message_templates WHERE key = ${TEMPLATE}),
        'planned', ${now}, ${now + 2 * DAY_MS}, ${now}, ${now}
      FROM ${invites} JOIN ${appointments} ON appointments.id = invites.appointment_id
      WHERE invites.id = ${inviteId} AND invites.answered = 0 AND ${before} < ${MOST_PER_INVITE}
        AND NOT EXISTS (SELECT 1 FROM ${touches} WHERE invite_id = ${inviteId} AND status IN ('planned', 'claimed', 'sending'))
      ON CONFLICT (dedupe_key) DO NOTHING`),
    ctx.db.run(
      auditIfChanged(stamp(ctx), {
        action: "touch.planned",
        entityId: touchId,
        details: { kind: "survey_fresh_link" },
      }),
    ),
    ctx.db.run(sql`UPDATE ${invites} SET expires_at = max(expires_at, ${until})
      WHERE id = ${inviteId} AND EXISTS (SELECT 1 FROM ${touches} WHERE id = ${touchId})`),
  ]);
  if (planned.rowsAffected > 0) await wake(ctx);
}
