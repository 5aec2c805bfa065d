import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { messageTemplates, touches } from "../../db/schema/engagement.ts";
import { type Context, stamp } from "../context.ts";
import { wake } from "../wake.ts";

/** More than this for one visit is somebody playing with a stranger's phone. */
const MOST = 2;

export type FreshLink = {
  kind: "survey_fresh_link" | "visit_fresh_link";
  /** What the link leads to: an invite, a visit. */
  subjectId: string;
  /** Condition on touches: the messages with links to the same. While one of them waits, no other is planned. */
  sameLink: SQL;
  /** One row, or none where no fresh link is due, of patientId, appointmentId, inviteId, officeId, channel, templateKey, notAfterAt. */
  whom: SQL;
  /** What becomes true together with the message of this id. */
  also?: (touchId: string) => SQL[];
};

/**
 * Plans one more message with a fresh link, to the address on file. The gate still has its say (opt-out, night, caps).
 * Asked again before that has left, or a third time, nothing changes; nor where the clinic has no wording for it.
 */
export async function planFreshLink(
  ctx: Context,
  { kind, subjectId, sameLink, whom, also = () => [] }: FreshLink,
): Promise<void> {
  const now = ctx.now();
  const touchId = newId("touch", now);
  const before = sql`(SELECT count(*) FROM ${touches} WHERE ${sameLink} AND kind = ${kind})`;
  const [planned] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${touches} (id, dedupe_key, kind, patient_id, appointment_id, invite_id, office_id, channel,
        template_key, template_version, status, due_at, not_after_at, created_at, updated_at)
      SELECT ${touchId}, 'fresh:' || ${subjectId} || ':' || ${before}, ${kind}, patientId, appointmentId, inviteId, officeId,
        channel, templateKey, wording.version, 'planned', ${now}, notAfterAt, ${now}, ${now}
      FROM (${whom}) JOIN (SELECT key, max(version) AS version FROM ${messageTemplates} GROUP BY key) AS wording
        ON wording.key = templateKey
      WHERE ${before} < ${MOST}
        AND NOT EXISTS (SELECT 1 FROM ${touches} WHERE ${sameLink} AND status IN ('planned', 'claimed', 'sending'))
      ON CONFLICT (dedupe_key) DO NOTHING`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "touch.planned", entityId: touchId, details: { kind } })),
    ...also(touchId).map((statement) => ctx.db.run(statement)),
  ]);
  if (planned.rowsAffected > 0) await wake(ctx);
}
