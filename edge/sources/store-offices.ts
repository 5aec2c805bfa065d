import { type SQL, sql } from "drizzle-orm";
import { insertRows } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { externalRefs } from "../../db/schema/imports.ts";
import { offices } from "../../db/schema/people.ts";
import type { Branch } from "../office-settings.ts";

/** The `system` of the codes by which imports name offices: the clinic's settings, whatever the source. */
export const OFFICE_CODES = "settings";

/**
 * The statements that bring the clinic's further offices up to its settings: a code that is new makes an office, one
 * that is gone leaves it inactive, since its visits and touches go on pointing to it.
 */
export function storeOffices(branches: Branch[], now: number): SQL[] {
  const cells = branches.map(({ closedDays, openHours, ...branch }) => ({
    ...branch,
    newOfficeId: newId("office", now),
    closedDays: JSON.stringify(closedDays),
    phone: branch.phone ?? null,
    state: branch.state ?? null,
    addressLine: branch.addressLine ?? null,
    city: branch.city ?? null,
    mapUrl: branch.mapUrl ?? null,
    openHours: openHours ? JSON.stringify(openHours) : null,
    sourceUtcOffsetMinutes: branch.sourceUtcOffsetMinutes ?? null,
  }));
  const codes = JSON.stringify(branches.map(({ sourceCode }) => sourceCode));
  const ours = sql`system = ${OFFICE_CODES} AND entity = 'office'`;
  const retire = sql`UPDATE ${offices} SET status = 'inactive' WHERE id IN (SELECT entity_id FROM ${externalRefs}
    WHERE ${ours} AND value NOT IN (SELECT value FROM json_each(${codes})))`;
  if (cells.length === 0) return [retire];
  const name = sql`INSERT INTO ${externalRefs} (system, entity, value, entity_id)
    SELECT ${OFFICE_CODES}, 'office', value ->> '$.sourceCode', value ->> '$.newOfficeId'
    FROM json_each(${JSON.stringify(cells)}) WHERE true ON CONFLICT DO NOTHING`;
  const id = sql`(SELECT entity_id FROM ${externalRefs} WHERE ${ours} AND external_refs.value = json_each.value ->> '$.sourceCode')`;
  const changed = ["name", "time_zone", "window_opens", "window_closes", "closed_days", "status", "phone", "state"]
    .concat("address_line", "city", "map_url", "open_hours", "source_utc_offset_minutes")
    .map((column) => `${column} = excluded.${column}`);
  const store = insertRows(
    offices,
    cells,
    { id, status: sql`'active'` },
    sql`ON CONFLICT (id) DO UPDATE SET ${sql.raw(changed.join(", "))}`,
  );
  return [retire, name, store];
}
