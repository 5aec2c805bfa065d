import { lt } from "drizzle-orm";
import { runs, usedRequestIds } from "../../db/schema/operations.ts";
import type { Context } from "../context.ts";
import type { Counts } from "../procedure.ts";

const DAY_MS = 86_400_000;
/** A signature is refused after five minutes; a day leaves room for every clock and retry. */
const REQUEST_IDS_FOR_MS = DAY_MS;
const RUNS_FOR_MS = 180 * DAY_MS;

/** Drops what nobody will ask for again: ids of old requests, and runs of half a year ago. */
export async function tidy(ctx: Context): Promise<Counts> {
  const [ids, old] = await ctx.db.batch([
    ctx.db.delete(usedRequestIds).where(lt(usedRequestIds.at, ctx.now() - REQUEST_IDS_FOR_MS)),
    ctx.db.delete(runs).where(lt(runs.startedAt, ctx.now() - RUNS_FOR_MS)),
  ]);
  return { requestIds: ids.rowsAffected, runs: old.rowsAffected };
}
