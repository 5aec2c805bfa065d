import { sql } from "drizzle-orm";
import { audit } from "../../../db/schema/operations.ts";
import type { Context } from "../../context.ts";

/** The erasure of a person who is gone, by the id that they had; null when there was none. */
export async function findErasure(ctx: Context, patientId: string): Promise<string | null> {
  const [event] = await ctx.db.all<{ id: string }>(sql`SELECT details ->> '$.erasure' AS id FROM ${audit}
    WHERE entity_id = ${patientId} AND action = 'person.erased' ORDER BY seq DESC LIMIT 1`);
  return event?.id ?? null;
}
