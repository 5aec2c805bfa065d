import { sql } from "drizzle-orm";

/** The columns of a `Standing` row of touches. */
export const STANDING = sql.raw(`id, dedupe_key AS "key", status, reason, attempt_count AS attemptCount, channel,
  template_key AS templateKey, template_version AS templateVersion, anchor_at AS anchorAt, due_at AS dueAt`);
