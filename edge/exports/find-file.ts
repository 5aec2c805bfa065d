import { and, eq } from "drizzle-orm";
import { deliveries, exportFiles } from "../../db/schema/exports.ts";
import type { Context } from "../context.ts";

/** A mailing's file, with its way to the printer where it has begun. */
export type MailingFile = { file: typeof exportFiles.$inferSelect; delivery: typeof deliveries.$inferSelect };

/** Null while the mailing has none, or none that is to be delivered. */
export async function findMailingFile(ctx: Context, mediaBuyId: string): Promise<MailingFile | null> {
  const [found] = await ctx.db
    .select({ file: exportFiles, delivery: deliveries })
    .from(exportFiles)
    .innerJoin(deliveries, eq(deliveries.fileId, exportFiles.id))
    .where(and(eq(exportFiles.kind, "mailing"), eq(exportFiles.subjectId, mediaBuyId)));
  return found ?? null;
}
