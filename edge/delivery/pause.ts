import { type SQL, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { pauses } from "../../db/schema/engagement.ts";
import { type Context, stamp } from "../context.ts";

/** Whether a live pause holds touches of this kind; `kind` is SQL that names it. */
export function isPaused(kind: SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM ${pauses} WHERE pauses.lifted_at IS NULL AND (pauses.kind IS NULL OR pauses.kind = ${kind}))`;
}

/** The statements that hold everything of the tenant until staff lift it. While one for this reason is live, they change nothing. */
export function holdEverything(ctx: Context, reason: string): SQL[] {
  const id = newId("pause", ctx.now());
  return [
    sql`INSERT INTO ${pauses} (id, reason, by, created_at) SELECT ${id}, ${reason}, 'system', ${ctx.now()}
      WHERE NOT EXISTS (SELECT 1 FROM ${pauses} WHERE kind IS NULL AND reason = ${reason} AND lifted_at IS NULL)`,
    auditIfChanged(stamp(ctx), { action: "pause.set", entityId: id, details: { reason } }),
  ];
}
