import { type SQL, sql } from "drizzle-orm";
import { erasedKeys } from "../../../db/schema/erased.ts";
import { addresses, externalRefs, stagedRows } from "../../../db/schema/imports.ts";
import { consents } from "../../../db/schema/nudges.ts";
import { contactPoints, patients } from "../../../db/schema/people.ts";
import {
  counted,
  inSlice,
  type LoggedField,
  logChanges,
  onlyIfChanged,
  rejectRows,
  type Slice,
  storeRefs,
} from "./slice.ts";

const FIELDS: LoggedField[] = [
  ["kind", sql`old.kind`, sql`coalesce(s.row ->> '$.kind', old.kind)`],
  ["language", sql`old.language`, sql`coalesce(s.row ->> '$.language', old.language)`],
  ["office", sql`old.office_id`, sql`coalesce(s.row ->> '$.officeId', old.office_id)`],
  ["isDeceased", sql`old.is_deceased`, sql`coalesce(s.row ->> '$.isDeceased', old.is_deceased)`],
  ["doNotContact", sql`old.do_not_contact`, sql`coalesce(s.row ->> '$.doNotContact', old.do_not_contact)`],
];

/** The statements that bring the slice's patients up to what the source says, with how they can be reached. */
export function applyPatients(slice: Slice): SQL[] {
  const resolved = sql`WITH s AS (SELECT source_id, content_key, row, row ->> '$.id' AS id, row ->> '$.removed' AS removed
    FROM ${stagedRows} WHERE ${inSlice(slice)}${stillThere(slice)})`;
  return [
    ...rejectRows(slice, "erased", erasedMeanwhile),
    ...rejectRows(slice, "changed_meanwhile", sql`(${sealedBefore(slice)} OR ${clashing(slice)})`),
    ...logChanges(slice, resolved, FIELDS),
    ...counted(slice, resolved, storePatients(slice, resolved)),
    storeRefs(slice, resolved),
    ...storeContacts(slice, resolved),
    ...(slice.brings.addresses ? [storeAddresses(slice, resolved)] : []),
    ...(slice.brings.consents ? [storeConsents(resolved)] : []),
  ];
}

/** Erased since the row was staged: by the source's own key, or by name and birth date where it would be a new person. */
const erasedMeanwhile = sql`EXISTS (SELECT 1 FROM ${erasedKeys} WHERE key = row ->> '$.ownKey' OR (key = row ->> '$.identityKey'
  AND NOT EXISTS (SELECT 1 FROM ${patients} WHERE id = row ->> '$.id')))`;

/** While held, a patient who would go, and with whom visits would, stays as they are. */
function stillThere({ isHeld }: Slice): SQL {
  if (!isHeld) return sql``;
  return sql` AND NOT (row ->> '$.removed' = 1 AND EXISTS
    (SELECT 1 FROM ${patients} WHERE id = row ->> '$.id' AND removed_at IS NULL))`;
}

/**
 * Sealed under a key that has been changed since. The change seals anew what is in the store, then ends the old key:
 * what came in after it had passed would never open again.
 */
function sealedBefore({ keyId }: Slice): SQL {
  return sql`substr(row ->> '$.sealed', 1, ${keyId.length + 1}) <> ${`${keyId}.`}`;
}

/**
 * Sealed under an id that is no longer right: another import has given this key, or this patient to another key, since
 * the row was staged. The next import reads it anew.
 */
function clashing(slice: Slice): SQL {
  const { source } = slice;
  const isKeyTaken = sql`EXISTS (SELECT 1 FROM ${externalRefs} WHERE system = ${source} AND entity = 'patient'
    AND value = source_id AND entity_id <> row ->> '$.id')`;
  // An id that was made for the row can be nobody else's.
  if (!slice.brings.known) return isKeyTaken;
  return sql`(${isKeyTaken}
      OR EXISTS (SELECT 1 FROM ${externalRefs} INDEXED BY external_refs_entity WHERE entity_id = row ->> '$.id' AND system = ${source} AND value <> source_id)
      OR source_id IN (SELECT source_id FROM (SELECT source_id, row_number() OVER (PARTITION BY row ->> '$.id' ORDER BY source_id) AS place
        FROM ${stagedRows} WHERE ${inSlice(slice)}) WHERE place > 1))`;
}

/**
 * Two people of one source may have one name and birth date: the first has the key by which they are found, the other
 * the source's own. What the source does not say stays as it was.
 */
function storePatients({ importId, now }: Slice, resolved: SQL): SQL {
  const kept = (name: string, column: string) =>
    sql`coalesce(row ->> ${sql.raw(`'$.${name}'`)}, old.${sql.raw(column)}, 0)`;
  return sql`INSERT INTO ${patients} (id, identity_key, kind, language, kind_changed_at, office_id, is_deceased,
      do_not_contact, content_key, last_run_id, removed_at, sealed, created_at, updated_at)
    ${resolved}, r AS (SELECT s.*, row ->> '$.identityKey' AS identity_key,
      row_number() OVER (PARTITION BY row ->> '$.identityKey' ORDER BY source_id) AS place FROM s)
    SELECT r.id, iif(place > 1 OR EXISTS (SELECT 1 FROM ${patients} AS other
        WHERE other.identity_key = r.identity_key AND other.id <> r.id), row ->> '$.ownKey', r.identity_key),
      coalesce(row ->> '$.kind', old.kind, 'patient'), coalesce(row ->> '$.language', old.language),
      iif(old.kind <> row ->> '$.kind', ${now}, old.kind_changed_at), coalesce(row ->> '$.officeId', old.office_id),
      ${kept("isDeceased", "is_deceased")}, ${kept("doNotContact", "do_not_contact")}, r.content_key, ${importId},
      iif(r.removed, coalesce(old.removed_at, ${now}), NULL), row ->> '$.sealed', ${now}, ${now}
    FROM r LEFT JOIN ${patients} AS old ON old.id = r.id WHERE true
    ON CONFLICT (id) DO UPDATE SET identity_key = excluded.identity_key, kind = excluded.kind, language = excluded.language,
      kind_changed_at = excluded.kind_changed_at, office_id = excluded.office_id, is_deceased = excluded.is_deceased,
      do_not_contact = excluded.do_not_contact, content_key = excluded.content_key, last_run_id = excluded.last_run_id,
      removed_at = excluded.removed_at, sealed = excluded.sealed, updated_at = excluded.updated_at
    ${onlyIfChanged("patients")}`;
}

/** A number or address that the source shows no more is kept, but no longer used; what was learned of one stays. */
function storeContacts({ now, brings }: Slice, resolved: SQL): SQL[] {
  const retire = sql`${resolved} UPDATE ${contactPoints} SET is_current = 0, updated_at = ${now} FROM s
      WHERE contact_points.patient_id = s.id AND is_current = 1 AND NOT EXISTS (SELECT 1 FROM json_each(s.row, '$.contacts') AS shown
        WHERE shown.value ->> '$.system' = contact_points.system AND shown.value ->> '$.addressKey' = contact_points.address_key)`;
  const store = sql`INSERT INTO ${contactPoints} (id, patient_id, system, address_key, sealed, state, time_zone, created_at, updated_at)
      ${resolved} SELECT shown.value ->> '$.id', s.id, shown.value ->> '$.system', shown.value ->> '$.addressKey',
        shown.value ->> '$.sealed', shown.value ->> '$.state', shown.value ->> '$.timeZone', ${now}, ${now}
      FROM s, json_each(s.row, '$.contacts') AS shown WHERE true
      ON CONFLICT (patient_id, system, address_key) DO UPDATE SET is_current = 1, updated_at = excluded.updated_at
        WHERE is_current = 0`;
  return brings.known ? [retire, store] : [store];
}

function storeAddresses({ now }: Slice, resolved: SQL): SQL {
  return sql`INSERT INTO ${addresses} (patient_id, sealed, input_key, created_at, updated_at)
    ${resolved} SELECT id, row ->> '$.address.sealed', row ->> '$.address.inputKey', ${now}, ${now}
    FROM s WHERE row ->> '$.address' IS NOT NULL
    ON CONFLICT (patient_id) DO UPDATE SET sealed = excluded.sealed, input_key = excluded.input_key,
      updated_at = excluded.updated_at WHERE addresses.input_key <> excluded.input_key`;
}

/** A yes counts once, and never again what was taken back after it. */
function storeConsents(resolved: SQL): SQL {
  const consent = (name: string) => sql.raw(`row ->> '$.consent.${name}'`);
  return sql`INSERT INTO ${consents} (id, address_key, channel, purpose, wording, source, at)
    ${resolved} SELECT ${consent("id")}, ${consent("addressKey")}, 'sms', 'care', ${consent("wording")}, ${consent("source")}, ${consent("at")}
    FROM s WHERE row ->> '$.consent' IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${consents} AS ended
      WHERE ended.address_key = ${consent("addressKey")} AND ended.channel = 'sms' AND ended.purpose = 'care'
        AND ended.ended_at >= ${consent("at")})
    ON CONFLICT (address_key, channel, purpose) WHERE ended_at IS NULL DO NOTHING`;
}
