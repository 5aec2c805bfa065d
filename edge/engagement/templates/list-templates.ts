import { sql } from "drizzle-orm";
import { messageTemplates } from "../../../db/schema/engagement.ts";
import type { Context } from "../../context.ts";

export type TemplateRow = typeof messageTemplates.$inferSelect;

/** The newest version of every wording, in every language it has, by name. */
export function listTemplates(ctx: Context): Promise<TemplateRow[]> {
  return ctx.db
    .select()
    .from(messageTemplates)
    .where(sql`version = (SELECT max(version) FROM message_templates AS newer WHERE newer.key = message_templates.key)`)
    .orderBy(messageTemplates.key, messageTemplates.locale);
}
