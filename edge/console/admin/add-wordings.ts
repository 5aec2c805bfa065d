import { sql } from "drizzle-orm";
import { insertRows } from "../../../db/bulk.ts";
import type { Db } from "../../../db/connect.ts";
import { messageTemplates } from "../../../db/schema/engagement.ts";
import { MAILS, MESSAGES } from "../../../templates/messages.ts";

/** Gives a clinic the first wording of every message that it has none for; what it has stays as it is. */
export async function addWordings(db: Db, now: number): Promise<void> {
  const texts = Object.entries(MESSAGES).flatMap(([key, bodies]) =>
    Object.entries(bodies).map(([locale, body]) => ({ key, version: 1, locale, channel: "sms", subject: null, body })),
  );
  const mails = Object.entries(MAILS).flatMap(([key, wordings]) =>
    Object.entries(wordings).map(([locale, words]) => ({ key, version: 1, locale, channel: "mail", ...words })),
  );
  const rows = [...texts, ...mails];
  const isNew = sql`AND NOT EXISTS (SELECT 1 FROM ${messageTemplates} WHERE key = json_extract(value, '$.key'))`;
  await db.run(insertRows(messageTemplates, rows, { createdAt: sql`${now}` }, isNew));
}
