import { sql } from "drizzle-orm";
import { addresses } from "../../../db/schema/imports.ts";
import { patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { zonesOfZip } from "../../zones.ts";
import { STATES } from "./postal-words.ts";
import type { StandardAddress } from "./standardise-locally.ts";

/** Null for an address that could not be read: then the one of the source stays the only one. */
export type Standardised = {
  patientId: string;
  /** Of the raw address that was standardised; another one meanwhile makes this answer void. */
  inputKey: string;
  address: (StandardAddress & { deliveryPoint?: string; carrierRoute?: string }) | null;
  source: "local" | "cass";
  dpv: string | null;
  isVacant: number | null;
};

/** Stores what became of addresses, sealed, with the key by which a household is known, and the person's zone and state. Returns how many still were the same. */
export async function storeStandard(ctx: Context, answers: Standardised[]): Promise<number> {
  const rows = await Promise.all(
    answers.map(async ({ address, ...answer }) => {
      if (!address) return { ...answer, sealed: null, householdKey: null, isRead: 0, zones: null, state: null };
      const place = { table: "addresses_standard", row: answer.patientId };
      const { line1, line2 = "", zip5 } = address;
      const [sealed, householdKey] = await Promise.all([
        ctx.keys.seal(place, JSON.stringify(address)),
        ctx.keys.blindIndex("address", [line1, line2, zip5].join("|")),
      ]);
      const state = STATES.get(address.state)?.code ?? null;
      return { ...answer, sealed, householdKey, isRead: 1, zones: zonesOfZip(zip5), state };
    }),
  );
  const given = (name: string) => sql.raw(`value ->> '$.${name}'`);
  const json = JSON.stringify(rows);
  const store = sql`UPDATE ${addresses} SET standard_sealed = ${given("sealed")},
    standard_input_key = ${given("inputKey")}, standard_source = ${given("source")}, standard_at = ${ctx.now()},
    dpv = ${given("dpv")}, is_vacant = ${given("isVacant")}, household_key = ${given("householdKey")}
    FROM json_each(${json})
    WHERE patient_id = ${given("patientId")} AND input_key = ${given("inputKey")}`;
  // Where somebody is written to by the clock: from the very address that was just stored.
  const locate = sql`UPDATE ${patients} SET time_zone = ${given("zones")}, state = ${given("state")}
    FROM json_each(${json}) JOIN ${addresses} ON addresses.patient_id = ${given("patientId")}
      AND addresses.input_key = ${given("inputKey")}
    WHERE patients.id = addresses.patient_id AND ${given("isRead")} = 1`;
  const [{ rowsAffected }] = await ctx.db.batch([ctx.db.run(store), ctx.db.run(locate)]);
  return rowsAffected;
}
