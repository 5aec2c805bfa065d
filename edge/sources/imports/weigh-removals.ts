import { type SQL, sql } from "drizzle-orm";
import { externalRefs, stagedRows } from "../../../db/schema/imports.ts";
import { appointments, offices } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import type { ImportRow } from "./import-row.ts";
import { scopeOf } from "./scope.ts";

/** More than so many, or than this share, of the visits to come is not believed without a person's word. */
const MOST_GONE = 200;
const MOST_GONE_SHARE = 0.2;
/** Fewer than this are too few to call any share unusual: in a week of six visits, two may be cancelled. */
const UNUSUAL_FROM = 5;

type Weighed = { future: number; going: number; isTooMuch: boolean };

/**
 * Of the visits to come that the import's scope holds, how many it would remove: called off at the source, no longer
 * shown, or of a patient who goes. Read before anything is applied.
 */
export async function weighRemovals(ctx: Context, row: ImportRow): Promise<Weighed> {
  const [counted] = await ctx.db.all<{ future: number; going: number }>(sql`SELECT count(*) AS future,
    count(*) FILTER (WHERE is_going) AS going FROM (${toCome(ctx, row)})`);
  const { future = 0, going = 0 } = counted ?? {};
  const isTooMuch = going > MOST_GONE || (going >= UNUSUAL_FROM && going > future * MOST_GONE_SHARE);
  return { future, going, isTooMuch };
}

/** Some of those that would be removed, the next to come first, without a word of whose they are. */
export function sampleRemovals(ctx: Context, row: ImportRow, most: number) {
  return ctx.db.all<{
    localStartsAt: string;
    serviceType: string;
    office: string;
  }>(sql`SELECT local_starts_at AS "localStartsAt",
      service_type AS "serviceType", offices.name AS office
    FROM (${toCome(ctx, row)}) AS visit JOIN ${offices} ON offices.id = visit.office_id
    WHERE is_going ORDER BY starts_at LIMIT ${most}`);
}

/** The visits to come that the scope holds, each with whether the import would remove it. */
function toCome(ctx: Context, row: ImportRow): SQL {
  const scope = scopeOf(row);
  const { from, to } = scope.visits ?? { from: "0000", to: "9999" };
  const isShown = scope.visits ? sql`seen.source_id IS NOT NULL` : sql`true`;
  const isPersonShown = scope.whole.includes("patient") ? sql`person.source_id IS NOT NULL` : sql`true`;
  const staysShown = sql`${isShown} AND coalesce(seen.row ->> '$.removed', 0) = 0`;
  const staysOwned = sql`(own.value IS NULL OR (${isPersonShown} AND coalesce(person.row ->> '$.removed', 0) = 0))`;
  return sql`SELECT visit.starts_at, visit.local_starts_at, visit.service_type, visit.office_id,
      NOT (${staysShown} AND ${staysOwned}) AS is_going
    FROM ${appointments} AS visit
      JOIN ${externalRefs} AS ref INDEXED BY external_refs_entity ON ref.entity_id = visit.id AND ref.system = ${row.source} AND ref.entity = 'appointment'
      LEFT JOIN ${stagedRows} AS seen ON seen.import_id = ${row.id} AND seen.entity = 'appointment' AND seen.source_id = ref.value
      LEFT JOIN ${externalRefs} AS own INDEXED BY external_refs_entity ON own.entity_id = visit.patient_id AND own.system = ${row.source} AND own.entity = 'patient'
      LEFT JOIN ${stagedRows} AS person ON person.import_id = ${row.id} AND person.entity = 'patient' AND person.source_id = own.value
    WHERE visit.starts_at > ${ctx.now()} AND visit.removed_at IS NULL AND visit.source = ${row.source}
      AND visit.local_on BETWEEN ${from} AND ${to}`;
}
