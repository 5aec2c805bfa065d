import { sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { isStoreUnavailable } from "../../../db/connect.ts";
import { inboundMessages } from "../../../db/schema/operations.ts";
import type { Context } from "../../context.ts";
import { errorFields } from "../../log.ts";
import { TEXT_SOURCES, type TextSource } from "../../text-sources.ts";
import { openText } from "./open-text.ts";

const PAGE = 200;
const WORK_FOR_MS = 15_000;

type Kept = { id: string; source: TextSource; sid: string; sealed: string };

/**
 * Gives the texts that were kept before their numbers were indexed the index of theirs, so that a person's can be found.
 * Needed once; reads the texts that are still kept. False when time ran out: then say it again.
 */
export async function keyTexts(ctx: Context): Promise<boolean> {
  const until = ctx.now() + WORK_FOR_MS;
  while (ctx.now() < until) {
    const rows = await ctx.db.all<Kept>(sql`SELECT id, source, dedupe_key AS sid, sealed FROM ${inboundMessages}
      WHERE sealed <> '' AND address_key IS NULL AND source ${inList(TEXT_SOURCES)} ORDER BY received_at LIMIT ${PAGE}`);
    if (rows.length === 0) return true;
    const keyed = await Promise.all(rows.map(async (row) => ({ id: row.id, key: await addressKeyOf(ctx, row) })));
    await ctx.db.run(sql`UPDATE ${inboundMessages} SET address_key = json_extract(value, '$.key')
      FROM json_each(${JSON.stringify(keyed)}) WHERE inbound_messages.id = json_extract(value, '$.id')`);
  }
  return false;
}

/** Empty for what came from no number, and for what does not open or is no text. */
async function addressKeyOf(ctx: Context, { source, sid, sealed }: Kept): Promise<string> {
  try {
    const { from } = openText(source, await ctx.keys.open({ table: "inbound_messages", row: sid }, sealed));
    return from.startsWith("+") ? await ctx.keys.blindIndex("address", from) : "";
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    ctx.log.error("text does not open", { inbound: sid, ...errorFields(error) });
    return "";
  }
}
