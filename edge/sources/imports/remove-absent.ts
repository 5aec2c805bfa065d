import { type SQL, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { externalRefs, imports, stagedRows } from "../../../db/schema/imports.ts";
import { appointments, changeLog, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import type { Entity } from "../../contract/imports.ts";
import { CORE_TABLES, type ImportRow } from "./import-row.ts";
import { scopeOf } from "./scope.ts";
import { changeId } from "./slice.ts";

/**
 * The statements that remove what a complete reading no longer shows, and the visits to come of patients who went.
 * A row that came without a key may be the very one that seems gone: no more are missing than came so, and none is
 * removed.
 */
export function removeAbsent(ctx: Context, row: ImportRow): SQL[] {
  const scope = scopeOf(row);
  const statements: SQL[] = [];
  if (scope.whole.includes("patient")) statements.push(...remove(ctx, row, "patient", sql`true`));
  if (scope.visits) {
    const { from, to } = scope.visits;
    statements.push(
      ...remove(ctx, row, "appointment", sql`source = ${row.source} AND local_on BETWEEN ${from} AND ${to}`),
    );
  }
  if (scope.whole.includes("product")) statements.push(...remove(ctx, row, "product", sql`source = ${row.source}`));
  if (scope.purchasesFrom !== null) {
    const { timeZone } = ctx.tenant.settings.office;
    const from = Temporal.PlainDate.from(scope.purchasesFrom).toZonedDateTime(timeZone).epochMilliseconds;
    statements.push(...remove(ctx, row, "purchase", sql`source = ${row.source} AND purchased_at >= ${from}`));
  }
  return [...statements, ...removeOrphans(ctx, row)];
}

function remove(ctx: Context, row: ImportRow, entity: Entity, which: SQL): SQL[] {
  const unseen = sql`SELECT core.id FROM ${externalRefs} AS ref JOIN ${CORE_TABLES[entity]} AS core ON core.id = ref.entity_id
    WHERE ref.system = ${row.source} AND ref.entity = ${entity} AND core.removed_at IS NULL AND ${which}
      AND NOT EXISTS (SELECT 1 FROM ${stagedRows} AS seen WHERE seen.import_id = ${row.id} AND seen.entity = ${entity}
        AND seen.source_id = ref.value)`;
  const keyless = sql`(SELECT count(*) FROM ${stagedRows} WHERE import_id = ${row.id} AND entity = ${entity}
    AND source_id LIKE '#%' AND reject_reason = 'source_id_missing:sourceId')`;
  const gone = sql`(SELECT id FROM (${unseen}) WHERE (SELECT count(*) FROM (${unseen})) > ${keyless})`;
  return end(ctx, row, entity, gone, "absent_from_snapshot");
}

/** The visits to come of patients who are gone; those of the past were, and stay. */
function removeOrphans(ctx: Context, row: ImportRow): SQL[] {
  const orphans = sql`(SELECT visit.id FROM ${appointments} AS visit JOIN ${patients} AS person ON person.id = visit.patient_id
    WHERE visit.starts_at > ${ctx.now()} AND visit.removed_at IS NULL AND visit.source = ${row.source}
      AND person.removed_at IS NOT NULL)`;
  return end(ctx, row, "appointment", orphans, "patient_removed");
}

type Reason = NonNullable<(typeof appointments.$inferSelect)["removedReason"]>;

function end(ctx: Context, row: ImportRow, entity: Entity, gone: SQL, reason: Reason): SQL[] {
  const now = ctx.now();
  const path = sql.raw(`'$.${entity}.removed'`);
  const visit = sql`, status = 'cancelled', removed_reason = ${reason}, needs_planning = 1`;
  return [
    sql`INSERT INTO ${changeLog} (id, entity_id, field, before, after, run_id, at)
      SELECT ${changeId(now)}, id, 'removed', 'no', ${reason}, ${row.id}, ${now} FROM ${gone}`,
    sql`UPDATE ${imports} SET counts = json_set(counts, ${path}, (counts ->> ${path}) + (SELECT count(*) FROM ${gone}))
      WHERE id = ${row.id}`,
    sql`UPDATE ${CORE_TABLES[entity]} SET removed_at = ${now}, updated_at = ${now}${entity === "appointment" ? visit : sql``}
      WHERE id IN ${gone}`,
  ];
}
