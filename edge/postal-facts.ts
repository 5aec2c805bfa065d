import { sql } from "drizzle-orm";
import { inList } from "../db/bulk.ts";
import { optOuts } from "../db/schema/engagement.ts";
import { addresses } from "../db/schema/imports.ts";
import { patients } from "../db/schema/people.ts";
import type { Context } from "./context.ts";
import type { PostalFacts } from "./mailable.ts";

/** What decides about somebody's letters, and where they would go: sealed, by the key of the household, and of the address. */
export type Postal = PostalFacts & {
  householdKey: string | null;
  inputKey: string | null;
  standardSealed: string | null;
};

type Row = {
  id: string;
  dpv: string | null;
  isVacant: number | null;
  isDeceased: number;
  doNotContact: number;
  hasAddress: number;
  isStandardised: number;
  isReturned: number;
  refused: string;
  householdKey: string | null;
  inputKey: string | null;
  standardSealed: string | null;
};

/**
 * What decides about these people's letters, as it stands now, by patient. An opt-out of letters is kept under the
 * household's key, or under the person's own id, which goes along when they move.
 */
export async function readPostal(ctx: Context, patientIds: string[]): Promise<Map<string, Postal>> {
  const rows = await ctx.db.all<Row>(sql`SELECT person.id, home.dpv, home.is_vacant AS isVacant,
      person.is_deceased AS isDeceased, person.do_not_contact AS doNotContact, home.patient_id IS NOT NULL AS hasAddress,
      home.standard_input_key IS home.input_key AS isStandardised, home.returned_input_key IS home.input_key AS isReturned,
      home.household_key AS householdKey, home.input_key AS inputKey, home.standard_sealed AS standardSealed,
      (SELECT json_group_array(purpose) FROM ${optOuts} WHERE address_key IN (person.id, home.household_key)
        AND channel = 'print' AND ended_at IS NULL) AS refused
    FROM ${patients} AS person LEFT JOIN ${addresses} AS home ON home.patient_id = person.id
    WHERE person.id ${inList([...new Set(patientIds)])}`);
  return new Map(
    rows.map(({ id, isVacant, isDeceased, doNotContact, refused, ...row }) => [
      id,
      {
        ...row,
        isVacant: isVacant === 1,
        isDeceased: isDeceased === 1,
        doNotContact: doNotContact === 1,
        hasAddress: row.hasAddress === 1,
        isStandardised: row.isStandardised === 1,
        isReturned: row.isReturned === 1,
        refused: JSON.parse(refused) as string[],
      },
    ]),
  );
}
