import { type SQL, sql } from "drizzle-orm";
import { externalRefs, products, purchases, stagedRows } from "../../../db/schema/imports.ts";
import { patients } from "../../../db/schema/people.ts";
import { OFFICE_ID } from "../store-rows.ts";
import { unknownPatient } from "./apply-visits.ts";
import { visitsNear } from "./link-purchases.ts";
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

const PRODUCT_FIELDS: LoggedField[] = [
  ["name", sql`old.name`, sql`s.row ->> '$.name'`],
  ["category", sql`old.category`, sql`s.row ->> '$.category'`],
  ["listPriceMicros", sql`old.list_price_micros`, sql`s.row ->> '$.listPriceMicros'`],
];
const PURCHASE_FIELDS: LoggedField[] = [
  ["status", sql`old.status`, sql`s.row ->> '$.status'`],
  ["amountMicros", sql`old.amount_micros`, sql`s.row ->> '$.amountMicros'`],
  ["quantity", sql`old.quantity`, sql`s.row ->> '$.quantity'`],
];

/** The statements that bring the slice's products up to what the source says. */
export function applyProducts(slice: Slice): SQL[] {
  const { importId, source, now } = slice;
  const resolved = sql`WITH ${ownRows(slice, sql``, sql``)}`;
  const store = sql`INSERT INTO ${products} (id, source, sku, name, category, list_price_micros, content_key, last_run_id, removed_at, created_at, updated_at)
      ${resolved} SELECT s.id, ${source}, row ->> '$.sku', row ->> '$.name', row ->> '$.category', row ->> '$.listPriceMicros',
        content_key, ${importId}, iif(s.removed, ${now}, NULL), ${now}, ${now} FROM s WHERE true
      ON CONFLICT (id) DO UPDATE SET sku = excluded.sku, name = excluded.name, category = excluded.category,
        list_price_micros = excluded.list_price_micros, content_key = excluded.content_key, last_run_id = excluded.last_run_id,
        removed_at = excluded.removed_at, updated_at = excluded.updated_at ${onlyIfChanged("products")}`;
  return [
    ...logChanges(slice, resolved, PRODUCT_FIELDS),
    ...counted(slice, resolved, store),
    storeRefs(slice, resolved),
  ];
}

/** The statements that bring the slice's purchases up to what the source says, each with the visit it belongs to. */
export function applyPurchases(slice: Slice): SQL[] {
  const { source } = slice;
  const whose = sql`JOIN ${externalRefs} AS whose ON whose.system = ${source} AND whose.entity = 'patient' AND whose.value = row ->> '$.patient'
    JOIN ${patients} ON patients.id = whose.entity_id`;
  const resolved = sql`WITH ${ownRows(slice, sql`, patients.id AS patient_id, patients.office_id`, whose)}`;
  return [
    ...rejectRows(slice, "patient_unknown", unknownPatient(slice)),
    ...logChanges(slice, resolved, PURCHASE_FIELDS),
    ...counted(slice, resolved, storePurchases(slice, resolved)),
    storeRefs(slice, resolved),
  ];
}

function ownRows(slice: Slice, columns: SQL, joins: SQL): SQL {
  return sql`s AS (SELECT source_id, staged_rows.content_key, row, coalesce(own.entity_id, row ->> '$.id') AS id,
      row ->> '$.removed' AS removed${columns}
    FROM ${stagedRows} LEFT JOIN ${externalRefs} AS own
      ON own.system = ${slice.source} AND own.entity = ${slice.entity} AND own.value = source_id ${joins}
    WHERE ${inSlice(slice)})`;
}

function storePurchases({ importId, source, now }: Slice, resolved: SQL): SQL {
  const named = (entity: string) => sql`(SELECT entity_id FROM ${externalRefs} WHERE system = ${source}
    AND entity = ${entity} AND value = row ->> ${sql.raw(`'$.${entity}'`)})`;
  const { sameDay, near } = visitsNear({
    patientId: sql`s.patient_id`,
    purchasedAt: sql`(row ->> '$.purchasedAt')`,
    localOn: sql`row ->> '$.localOn'`,
  });
  const said = "category quantity amount_micros currency purchased_at status warranty_end_on";
  const cells = "category quantity amountMicros currency purchasedAt status warrantyEndOn"
    .split(" ")
    .map((name) => `row ->> '$.${name}'`)
    .join(", ");
  const changed =
    `patient_id office_id product_id appointment_id link_method ${said} content_key last_run_id removed_at updated_at`
      .split(" ")
      .map((column) => `${column} = excluded.${column}`)
      .join(", ");
  return sql`INSERT INTO ${purchases} (id, source, patient_id, office_id, product_id, appointment_id, link_method,
      ${sql.raw(said.replaceAll(" ", ", "))}, content_key, last_run_id, removed_at, created_at, updated_at)
    ${resolved}, linked AS (SELECT s.*, ${named("product")} AS product_id, ${named("appointment")} AS by_source,
      ${sameDay} AS same_day, ${near} AS near FROM s)
    SELECT id, ${source}, patient_id, coalesce(row ->> '$.officeId', office_id, ${OFFICE_ID}), product_id,
      coalesce(by_source, same_day, near),
      CASE WHEN by_source IS NOT NULL THEN 'source' WHEN same_day IS NOT NULL THEN 'same_day' WHEN near IS NOT NULL THEN 'window' ELSE 'none' END,
      ${sql.raw(cells)}, content_key, ${importId}, iif(removed, ${now}, NULL), ${now}, ${now} FROM linked WHERE true
    ON CONFLICT (id) DO UPDATE SET ${sql.raw(changed)} ${onlyIfChanged("purchases")}`;
}
