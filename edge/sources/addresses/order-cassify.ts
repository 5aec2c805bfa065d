import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { auditIfChanged } from "../../../db/audit.ts";
import { newId, uuidv7 } from "../../../db/ids.ts";
import { addresses } from "../../../db/schema/imports.ts";
import { jobs } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";

/**
 * Once a day, where a clinic has its addresses validated and some have not been: a job for the container to take them
 * to the service. One that is open is enough.
 */
export async function orderCassify(ctx: Context): Promise<{ ordered: number }> {
  const { addresses: wish, office } = ctx.tenant.settings;
  if (!wish.areValidated) return { ordered: 0 };
  const now = ctx.now();
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(office.timeZone).toPlainDate();
  const jobId = newId("job", now);
  const [{ rowsAffected }] = await ctx.db.batch([
    ctx.db.run(sql`INSERT INTO ${jobs} (id, kind, dedupe_key, run_id, arguments, status, run_after_at, created_at)
      SELECT ${jobId}, 'cassify', ${`cassify:${today}`}, ${uuidv7(now)}, '{}', 'waiting', ${now}, ${now}
      WHERE EXISTS (SELECT 1 FROM ${addresses} WHERE standard_source = 'local')
        AND NOT EXISTS (SELECT 1 FROM ${jobs} WHERE kind = 'cassify' AND status IN ('waiting', 'leased'))
      ON CONFLICT (dedupe_key) DO NOTHING`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "job.created", entityId: jobId, details: { kind: "cassify" } })),
  ]);
  return { ordered: rowsAffected };
}
