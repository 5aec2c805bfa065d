import { sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { deliveries, exportFiles } from "../../db/schema/exports.ts";
import { type Context, stamp } from "../context.ts";
import { HearbackError } from "../errors.ts";
import { wake } from "../wake.ts";
import { TRIES } from "./order-deliveries.ts";

/**
 * A person has looked at the receiver's side: the file is not there, so the same bytes are sent once more. Only where
 * the delivery failed or is in doubt. Throws NOT_FOUND where the mailing has no file, CONFLICT where nothing is to be
 * decided.
 */
export async function sendFileAgain(ctx: Context, mediaBuyId: string): Promise<void> {
  const own = sql`file_id = (SELECT id FROM ${exportFiles} WHERE kind = 'mailing' AND subject_id = ${mediaBuyId})`;
  const [again, , rows] = await ctx.db.batch([
    // The next round of tries begins; the tries before it keep their jobs.
    ctx.db.run(sql`UPDATE ${deliveries} SET status = 'waiting', attempts = (attempts / ${TRIES} + 1) * ${TRIES},
      updated_at = ${ctx.now()} WHERE ${own} AND status IN ('failed', 'in_doubt')`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "delivery.sent_again", entityId: mediaBuyId })),
    ctx.db.all<{ status: string }>(sql`SELECT status FROM ${deliveries} WHERE ${own}`),
  ]);
  const [found] = rows;
  if (!found) throw new HearbackError("NOT_FOUND", "This media buy has no file.");
  if (again.rowsAffected === 0) throw new HearbackError("CONFLICT", `The file's delivery is ${found.status}.`);
  await wake(ctx);
}
