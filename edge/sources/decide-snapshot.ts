import { and, eq, isNull, lt, ne, sql } from "drizzle-orm";
import { auditIfChanged } from "../../db/audit.ts";
import { alarms, snapshots } from "../../db/schema/operations.ts";
import { appointments } from "../../db/schema/people.ts";
import { type Context, stamp } from "../context.ts";
import { removeVisits } from "./remove-visits.ts";

/**
 * What a person decides about a reading that was held for its few visits. `release`: it was right, so visits that it
 * did not show are removed, unless a later reading showed them again. `drop`: it was wrong, nothing changes. Either
 * way its alarm is acknowledged. Returns false when there is no such reading, or somebody has decided already.
 */
export async function decideSnapshot(ctx: Context, id: string, decision: "release" | "drop"): Promise<boolean> {
  const [held] = await ctx.db
    .select()
    .from(snapshots)
    .where(and(eq(snapshots.id, id), eq(snapshots.status, "held")));
  if (!held) return false;
  const gone =
    decision === "release"
      ? await ctx.db
          .select({ id: appointments.id })
          .from(appointments)
          .where(
            and(
              eq(appointments.source, held.source),
              eq(appointments.localOn, held.onDay),
              isNull(appointments.removedAt),
              ne(appointments.lastRunId, held.runId),
              lt(appointments.lastSeenAt, held.startedAt),
            ),
          )
      : [];
  const only = sql`EXISTS (SELECT 1 FROM ${snapshots} WHERE snapshots.id = ${id} AND snapshots.status = 'released')`;
  const removal = removeVisits(ctx, { ids: gone.map((row) => row.id), runId: held.runId, only });
  const status = decision === "release" ? "released" : "dropped";
  const [decided] = await ctx.db.batch([
    ctx.db
      .update(snapshots)
      .set({ status })
      .where(and(eq(snapshots.id, id), eq(snapshots.status, "held"))),
    ctx.db.run(
      auditIfChanged(stamp(ctx), { action: `snapshot.${status}`, entityId: id, details: { removed: gone.length } }),
    ),
    ctx.db
      .update(alarms)
      .set({ acknowledgedAt: ctx.now(), acknowledgedBy: stamp(ctx).actor })
      .where(
        sql`code = 'fewer_rows_than_usual' AND subject = ${`${held.source} ${held.onDay}`} AND acknowledged_at IS NULL`,
      ),
    // Of two people who decide at once, the one who drops must not see the other's removals, nor the other way round.
    ...removal.map((statement) => ctx.db.run(statement)),
  ]);
  return decided.rowsAffected > 0;
}
