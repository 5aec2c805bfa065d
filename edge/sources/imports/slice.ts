import { type SQL, sql } from "drizzle-orm";
import { externalRefs, imports, stagedRows } from "../../../db/schema/imports.ts";
import { changeLog } from "../../../db/schema/people.ts";
import type { Entity } from "../../contract/imports.ts";
import { CORE_TABLES } from "./import-row.ts";

/** A part of one entity's staged rows, by their keys at the source: applied in one batch. */
export type Slice = {
  importId: string;
  source: string;
  entity: Entity;
  /** Keys after this one, up to and with `to`. */
  after: string;
  to: string;
  now: number;
  /** The data key of today. */
  keyId: string;
  /** A person has yet to say whether so much may go: what would be removed stays as it is. */
  isHeld: boolean;
  /** What no row of the import brings, no statement looks for: most of a first import's time. */
  brings: { known: boolean; addresses: boolean; consents: boolean };
};

/**
 * The condition on `staged_rows` for the slice's rows that can be applied: none any more once another run has ended the
 * import, because a newer one may be applied by then.
 */
export function inSlice({ importId, entity, after, to }: Slice): SQL {
  return sql`import_id = ${importId} AND staged_rows.entity = ${entity} AND source_id > ${after} AND source_id <= ${to}
    AND row IS NOT NULL AND reject_reason IS NULL AND ${isOpen(importId)}`;
}

/** Whether the import still waits to be applied. */
export function isOpen(importId: string): SQL {
  return sql`(SELECT status FROM ${imports} WHERE id = ${importId}) = 'staged'`;
}

/** Takes rows out of the slice, each with why, and drops what they held; what comes after in the batch does not see them. */
export function rejectRows(slice: Slice, reason: string, which: SQL): SQL[] {
  const mine = sql`${inSlice(slice)} AND ${which}`;
  const path = sql.raw(`'$.${slice.entity}.rejected'`);
  return [
    sql`UPDATE ${stagedRows} SET reject_reason = ${reason}, row = NULL WHERE ${mine}`,
    sql`UPDATE ${imports} SET counts = json_set(counts, ${path}, (counts ->> ${path}) + changes())
      WHERE id = ${slice.importId} AND changes() > 0`,
  ];
}

/**
 * The upsert with what it changes added to the import's counts. `resolved` is the slice's `WITH` clause, whose `s` has
 * `id`, `content_key` and `removed`. Applied a second time it finds nothing to change, and adds nothing.
 */
export function counted(slice: Slice, resolved: SQL, upsert: SQL): SQL[] {
  const place = (name: string) => sql.raw(`'$.${slice.entity}.${name}'`);
  if (!slice.brings.known) {
    const created = place("created");
    return [
      upsert,
      sql`UPDATE ${imports} SET counts = json_set(counts, ${created}, (counts ->> ${created}) + changes())
        WHERE id = ${slice.importId} AND changes() > 0`,
    ];
  }
  const plus = (name: string, which: SQL) =>
    sql`${place(name)}, (imports.counts ->> ${place(name)}) + count(*) FILTER (WHERE ${which})`;
  const count = sql`UPDATE ${imports} SET counts = (${resolved} SELECT json_set(imports.counts,
      ${plus("created", sql`old.id IS NULL`)},
      ${plus("updated", sql`old.removed_at IS NULL AND s.removed = 0 AND old.content_key IS NOT s.content_key AND old.id IS NOT NULL`)},
      ${plus("removed", sql`old.id IS NOT NULL AND old.removed_at IS NULL AND s.removed = 1`)},
      ${plus("restored", sql`old.removed_at IS NOT NULL AND s.removed = 0`)})
    FROM s LEFT JOIN ${CORE_TABLES[slice.entity]} AS old ON old.id = s.id) WHERE id = ${slice.importId}`;
  return [count, upsert];
}

/** The end of an upsert: only a row that says something new, is gone or is back costs a write. */
export function onlyIfChanged(table: string): SQL {
  const name = sql.raw(table);
  return sql`WHERE ${name}.content_key IS NOT excluded.content_key
    OR (${name}.removed_at IS NULL) <> (excluded.removed_at IS NULL)`;
}

/** The sources' keys of the slice's rows. */
export function storeRefs({ source, entity }: Slice, resolved: SQL): SQL {
  return sql`INSERT INTO ${externalRefs} (system, entity, value, entity_id)
    ${resolved} SELECT ${source}, ${entity}, source_id, id FROM s WHERE true ON CONFLICT DO NOTHING`;
}

/** A field as the change log tells it: its name, and what it was and is, as SQL over `old` and `s`. */
export type LoggedField = [field: string, before: SQL, after: SQL];

/**
 * Writes what is about to change of rows that the store has, field by field; it stands before the upsert in the same
 * batch. `s.row` may bring further changes, of sealed values and masked.
 */
export function logChanges(slice: Slice, resolved: SQL, fields: LoggedField[]): SQL[] {
  if (!slice.brings.known) return [];
  const told = [
    ...fields,
    ["removed", sql`iif(old.removed_at IS NULL, 'no', 'yes')`, sql`iif(s.removed, 'yes', 'no')`] as const,
  ].map(
    ([field, before, after]) => sql`SELECT s.id, ${field} AS field, ${before} AS before, ${after} AS after
      FROM c AS s JOIN ${CORE_TABLES[slice.entity]} AS old ON old.id = s.id WHERE ${before} IS NOT ${after}`,
  );
  const log = sql`INSERT INTO ${changeLog} (id, entity_id, field, before, after, run_id, at)
    ${resolved}, c AS (SELECT s.* FROM s JOIN ${CORE_TABLES[slice.entity]} AS known ON known.id = s.id
      WHERE known.content_key IS NOT s.content_key OR (known.removed_at IS NOT NULL) <> s.removed)
    SELECT ${changeId(slice.now)}, id, field, before, after, ${slice.importId}, ${slice.now} FROM (
      ${sql.join(told, sql` UNION ALL `)}
      UNION ALL SELECT c.id, each.value ->> 0, each.value ->> 1, each.value ->> 2
        FROM c, json_each(c.row, '$.changes') AS each)`;
  return [log];
}

/** A new id of the change log, made by the database: the same shape that `newId` makes. */
export function changeId(now: number): SQL {
  return sql`'chg_' || ${now.toString(16).padStart(12, "0")} || '7' || substr(lower(hex(randomblob(10))), 1, 19)`;
}
