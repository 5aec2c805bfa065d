import { isStoreUnavailable } from "../../db/connect.ts";
import type { Context } from "../context.ts";
import type { Place } from "../crypto.ts";
import { errorFields } from "../log.ts";

/** A sealed value; null, and a line in the log, for one that was moved or changed in the store: no row waits for another. */
export async function openOrNull(ctx: Context, place: Place, sealed: string): Promise<string | null> {
  try {
    return await ctx.keys.open(place, sealed);
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    ctx.log.error("value does not open", { row: place.row, ...errorFields(error) });
    return null;
  }
}
