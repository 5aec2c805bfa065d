import * as z from "zod";
import type { Context } from "../../context.ts";
import { type StandardisedPush, type StandardisedReply, StandardisedRow } from "../../contract/addresses.ts";
import { type Standardised, storeStandard } from "./store-standard.ts";

const Key = z.tuple([z.string(), z.string()]);

/**
 * Applies a service's answers by their keys. An answer to an address that has changed since, or whose key is not of
 * this job, changes nothing; one that found nothing keeps the raw address and the fact. Safe to repeat.
 */
export async function applyStandardised(
  ctx: Context,
  { jobId, rows }: z.infer<typeof StandardisedPush>,
): Promise<z.infer<typeof StandardisedReply>> {
  const parsed = rows.map((row) => StandardisedRow.safeParse(row));
  const good = parsed.flatMap(({ data }) => (data ? [data] : []));
  const opened = await Promise.all(good.map((row) => open(ctx, jobId, row)));
  const known = opened.flatMap((answer) => (answer ? [answer] : []));
  const applied = known.length > 0 ? await storeStandard(ctx, known) : 0;
  return { applied, unmatched: good.length - applied, rejected: rows.length - good.length };
}

async function open(ctx: Context, jobId: string, row: StandardisedRow): Promise<Standardised | null> {
  try {
    const text = await ctx.keys.open({ table: "address_keys", row: jobId }, row.row_key);
    const [patientId, inputKey] = Key.parse(JSON.parse(text));
    const { dpv, vacant } = row;
    return { patientId, inputKey, address: addressOf(row), source: "cass", dpv, isVacant: vacant ? 1 : 0 };
  } catch {
    return null;
  }
}

function addressOf({ addr1, addr2, city, state, zip5, zip4, dp2, carrier_route }: StandardisedRow) {
  if (!addr1 || !zip5) return null;
  return {
    line1: addr1,
    ...(addr2 && { line2: addr2 }),
    ...{ city, state, zip5 },
    ...(zip4 && { zip4 }),
    ...(dp2 && { deliveryPoint: dp2 }),
    ...(carrier_route && { carrierRoute: carrier_route }),
  };
}
