import { sql } from "drizzle-orm";
import { insertRows } from "../../../db/bulk.ts";
import type { Db } from "../../../db/connect.ts";
import { messageTemplates } from "../../../db/schema/engagement.ts";
import { MESSAGES } from "../../../templates/messages.ts";

/** Gives a clinic the first wording of every message that it has none for; what it has stays as it is. */
export async function addWordings(db: Db, now: number): Promise<void> {
  const rows = Object.entries(MESSAGES).flatMap(([key, bodies]) =>
    Object.entries(bodies).map(([locale, body]) => ({ key, version: 1, locale, body })),
  );
  const isNew = sql`AND NOT EXISTS (SELECT 1 FROM ${messageTemplates} WHERE key = json_extract(value, '$.key'))`;
  await db.run(insertRows(messageTemplates, rows, { createdAt: sql`${now}` }, isNew));
}
