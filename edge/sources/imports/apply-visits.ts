import { type SQL, sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { externalRefs, stagedRows } from "../../../db/schema/imports.ts";
import { appointments, patients } from "../../../db/schema/people.ts";
import { linkPurchases } from "./link-purchases.ts";
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

/** How long after a message a visit counts as following from it. */
const ATTRIBUTION_MS = 60 * 86_400_000;

const FIELDS: LoggedField[] = [
  ["status", sql`old.status`, sql`s.row ->> '$.status'`],
  ["startsAt", sql`old.local_starts_at`, sql`s.row ->> '$.localStartsAt'`],
  ["serviceType", sql`old.service_type`, sql`s.row ->> '$.serviceType'`],
  ["provider", sql`old.provider`, sql`s.row ->> '$.provider'`],
  ["office", sql`old.office_id`, sql`s.row ->> '$.officeId'`],
  ["patient", sql`old.patient_id`, sql`s.patient_id`],
];

/** The statements that bring the slice's visits up to what the source says; each changed one is planned anew. */
export function applyVisits(slice: Slice): SQL[] {
  const resolved = sql`WITH s AS (SELECT source_id, staged_rows.content_key, row, coalesce(own.entity_id, row ->> '$.id') AS id,
      patients.id AS patient_id, (row ->> '$.removed' OR patients.removed_at IS NOT NULL) AS removed,
      iif(row ->> '$.removed', 'source_cancelled', 'patient_removed') AS reason
    FROM ${stagedRows}
      LEFT JOIN ${externalRefs} AS own ON own.system = ${slice.source} AND own.entity = 'appointment' AND own.value = source_id
      JOIN ${externalRefs} AS whose ON whose.system = ${slice.source} AND whose.entity = 'patient' AND whose.value = row ->> '$.patient'
      JOIN ${patients} ON patients.id = whose.entity_id
    WHERE ${inSlice(slice)}${stillThere(slice)})`;
  return [
    ...rejectRows(slice, "patient_unknown", unknownPatient(slice)),
    ...logChanges(slice, resolved, FIELDS),
    ...counted(slice, resolved, storeVisits(slice, resolved)),
    storeRefs(slice, resolved),
    linkPurchases(slice, resolved),
  ];
}

/** While held, a visit that would go stays as it is. */
function stillThere({ isHeld }: Slice): SQL {
  if (!isHeld) return sql``;
  return sql` AND NOT ((row ->> '$.removed' OR patients.removed_at IS NOT NULL) AND EXISTS
    (SELECT 1 FROM ${appointments} WHERE id = own.entity_id AND removed_at IS NULL))`;
}

export function unknownPatient({ source }: Slice): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM ${externalRefs} WHERE system = ${source} AND external_refs.entity = 'patient'
    AND value = row ->> '$.patient')`;
}

function storeVisits({ importId, source, now }: Slice, resolved: SQL): SQL {
  // A visit that is new is put down to the last message that its patient got and no later reading changes that.
  const touch = sql`(SELECT t.id FROM ${touches} AS t WHERE t.patient_id = s.patient_id
    AND t.status IN ('accepted', 'sent', 'delivered') AND t.due_at BETWEEN ${now - ATTRIBUTION_MS} AND ${now}
    ORDER BY t.due_at DESC LIMIT 1)`;
  // What was only missed, or gone with its patient, may be called off in the source's own words later: these count.
  const reason = sql`iif(s.removed, iif(row ->> '$.removed', s.reason, coalesce(old.removed_reason, s.reason)), NULL)`;
  const said = "local_on local_starts_at starts_at ends_at time_flag provider service_type status source_status";
  const changed =
    `patient_id office_id ${said} content_key last_run_id last_seen_at removed_at removed_reason updated_at`
      .split(" ")
      .map((column) => `${column} = excluded.${column}`)
      .join(", ");
  const cells = "officeId localOn localStartsAt startsAt endsAt timeFlag provider serviceType status sourceStatus"
    .split(" ")
    .map((name) => `row ->> '$.${name}'`)
    .join(", ");
  return sql`INSERT INTO ${appointments} (id, dedupe_key, patient_id, source, office_id, ${sql.raw(said.replaceAll(" ", ", "))},
      attributed_touch_id, content_key, last_run_id, last_seen_at, removed_at, removed_reason, created_at, updated_at)
    ${resolved} SELECT s.id, row ->> '$.dedupeKey', s.patient_id, ${source}, ${sql.raw(cells)},
      iif(old.id IS NULL, ${touch}, NULL), s.content_key, ${importId}, ${now},
      iif(s.removed, coalesce(old.removed_at, ${now}), NULL), ${reason},
      ${now}, ${now}
    FROM s LEFT JOIN ${appointments} AS old ON old.id = s.id WHERE true
    ON CONFLICT (dedupe_key) DO UPDATE SET ${sql.raw(changed)}, needs_planning = 1 ${onlyIfChanged("appointments")}`;
}
