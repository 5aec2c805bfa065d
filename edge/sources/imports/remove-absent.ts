import { type SQL, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { inList } from "../../../db/bulk.ts";
import { externalRefs, imports, stagedRows } from "../../../db/schema/imports.ts";
import { appointments, changeLog, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import type { Entity } from "../../contract/imports.ts";
import { CORE_TABLES, type ImportRow } from "./import-row.ts";
import { scopeOf } from "./scope.ts";
import { changeId, isOpen } from "./slice.ts";

type Reason = NonNullable<(typeof appointments.$inferSelect)["removedReason"]>;
type Gone = { entity: Entity; ids: string[]; reason: Reason };

/**
 * The statements that remove what a complete reading no longer shows, and the visits to come of patients who went.
 * None where nothing is gone. They do nothing once another run has ended the import, so they stand before that.
 */
export async function removeAbsent(ctx: Context, row: ImportRow): Promise<SQL[]> {
  const scope = scopeOf(row);
  const gone: Gone[] = [];
  const look = async (entity: Entity, which: SQL) => {
    gone.push({ entity, ids: await unseen(ctx, row, entity, which), reason: "absent_from_snapshot" });
  };
  if (scope.whole.includes("patient")) await look("patient", sql`true`);
  if (scope.visits) {
    const { from, to } = scope.visits;
    await look("appointment", sql`core.source = ${row.source} AND core.local_on BETWEEN ${from} AND ${to}`);
  }
  if (scope.whole.includes("product")) await look("product", sql`core.source = ${row.source}`);
  if (scope.purchasesFrom !== null) {
    const { timeZone } = ctx.tenant.settings.office;
    // The source's days are each office's own: the first one may have begun earlier here than where it was read.
    const from = Temporal.PlainDate.from(scope.purchasesFrom)
      .add({ days: 1 })
      .toZonedDateTime(timeZone).epochMilliseconds;
    await look("purchase", sql`core.source = ${row.source} AND core.purchased_at >= ${from}`);
  }
  gone.push({ entity: "appointment", ids: await ofGonePatients(ctx, row, gone), reason: "patient_removed" });
  return gone.flatMap((each) => (each.ids.length > 0 ? end(ctx, row, each) : []));
}

/**
 * What the store has in the scope and the reading does not show. A row that came without a key may be the very one
 * that seems gone: while no more are missing than came so, none is.
 */
async function unseen(ctx: Context, row: ImportRow, entity: Entity, which: SQL): Promise<string[]> {
  const [missing, [keyless]] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`SELECT core.id FROM ${CORE_TABLES[entity]} AS core
        JOIN ${externalRefs} AS ref INDEXED BY external_refs_entity ON ref.entity_id = core.id
      WHERE ref.system = ${row.source} AND ref.entity = ${entity} AND core.removed_at IS NULL AND ${which}
        AND NOT EXISTS (SELECT 1 FROM ${stagedRows} AS seen WHERE seen.import_id = ${row.id} AND seen.entity = ${entity}
          AND seen.source_id = ref.value)`),
    ctx.db.all<{
      n: number;
    }>(sql`SELECT count(*) AS n FROM ${stagedRows} WHERE import_id = ${row.id} AND entity = ${entity}
      AND source_id LIKE '#%' AND reject_reason = 'source_id_missing:sourceId'`),
  ]);
  return missing.length > (keyless?.n ?? 0) ? missing.map(({ id }) => id) : [];
}

/** The visits to come of patients who are gone, or go now; those of the past were, and stay. */
async function ofGonePatients(ctx: Context, row: ImportRow, gone: Gone[]): Promise<string[]> {
  const going = gone.flatMap(({ entity, ids }) => (entity === "patient" ? ids : []));
  const visits = await ctx.db.all<{ id: string }>(sql`SELECT visit.id FROM ${appointments} AS visit
      JOIN ${patients} AS person ON person.id = visit.patient_id
    WHERE visit.starts_at > ${ctx.now()} AND visit.removed_at IS NULL AND visit.source = ${row.source}
      AND (person.removed_at IS NOT NULL OR person.id ${inList(going)})`);
  const already = new Set(gone.flatMap(({ ids }) => ids));
  return visits.map(({ id }) => id).filter((id) => !already.has(id));
}

function end(ctx: Context, row: ImportRow, { entity, ids, reason }: Gone): SQL[] {
  const now = ctx.now();
  const table = CORE_TABLES[entity];
  const path = sql.raw(`'$.${entity}.removed'`);
  const live = sql`id ${inList(ids)} AND removed_at IS NULL AND ${isOpen(row.id)}`;
  const visit = sql`, status = 'cancelled', removed_reason = ${reason}, needs_planning = 1`;
  return [
    sql`INSERT INTO ${changeLog} (id, entity_id, field, before, after, run_id, at)
      SELECT ${changeId(now)}, id, 'removed', 'no', ${reason}, ${row.id}, ${now} FROM ${table} WHERE ${live}`,
    sql`UPDATE ${imports} SET counts = json_set(counts, ${path}, (counts ->> ${path})
      + (SELECT count(*) FROM ${table} WHERE ${live})) WHERE id = ${row.id}`,
    sql`UPDATE ${table} SET removed_at = ${now}, updated_at = ${now}${entity === "appointment" ? visit : sql``} WHERE ${live}`,
  ];
}
