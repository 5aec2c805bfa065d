import { sql } from "drizzle-orm";
import { addresses } from "../../../db/schema/imports.ts";
import type { Context } from "../../context.ts";
import { openOrNull } from "../open-or-null.ts";
import { type RawAddress, standardiseLocally } from "./standardise-locally.ts";
import { storeStandard } from "./store-standard.ts";

/** As many as a minute takes easily; the rest is due at once. */
const AT_ONCE = 500;

type Waiting = { patientId: string; sealed: string; inputKey: string };

/**
 * Brings addresses that are new or have changed into the post office's form, without asking anybody. What a service
 * once said of the address before is forgotten with it.
 */
export async function standardiseAddresses(ctx: Context): Promise<{ standardised: number; doubtful: number }> {
  const waiting = await ctx.db.all<Waiting>(sql`SELECT patient_id AS patientId, sealed, input_key AS inputKey
    FROM ${addresses} WHERE standard_input_key IS NOT input_key ORDER BY updated_at LIMIT ${AT_ONCE}`);
  if (waiting.length === 0) return { standardised: 0, doubtful: 0 };
  let doubtful = 0;
  const rows = await Promise.all(
    waiting.map(async ({ patientId, sealed, inputKey }) => {
      const raw = await openAddress(ctx, patientId, sealed);
      const { address, problems } = raw ? standardiseLocally(raw) : UNREAD;
      if (problems.length > 0) doubtful += 1;
      return { patientId, inputKey, address, source: "local" as const, dpv: null, isVacant: null };
    }),
  );
  return { standardised: await storeStandard(ctx, rows), doubtful };
}

const UNREAD = { address: null, problems: ["does_not_open"] };

/** The address as the source gave it; null for one that does not open, so that it keeps no other waiting. */
export async function openAddress(ctx: Context, patientId: string, sealed: string): Promise<RawAddress | null> {
  const text = await openOrNull(ctx, { table: "addresses", row: patientId }, sealed);
  return text === null ? null : (JSON.parse(text) as RawAddress);
}
