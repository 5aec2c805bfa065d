import { desc, eq, type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { auditIfChanged } from "../../../db/audit.ts";
import { insertRows } from "../../../db/bulk.ts";
import { messageTemplates } from "../../../db/schema/engagement.ts";
import { CATEGORIES, nudges, steps } from "../../../db/schema/nudges.ts";
import { checkTemplate } from "../../../templates/message/check-template.ts";
import { clinicFacts } from "../../../templates/message/clinic.ts";
import { type Context, stamp } from "../../context.ts";
import { HearbackError } from "../../errors.ts";
import { type Preview, previewWording } from "./preview-wording.ts";

const Wording = z.object({
  subject: z.string().min(1).max(200).nullable().default(null),
  body: z.string().trim().min(1).max(20_000),
  bodyHtml: z.string().min(1).max(60_000).nullable().default(null),
});

export const SaveTemplate = z.object({
  key: z.string().regex(/^[a-z][a-z0-9-]{1,60}$/, "expected a short name such as visit-reminder"),
  channel: z.enum(["sms", "mail", "print"]),
  category: z.enum(CATEGORIES),
  /** By language; one that is not named keeps its last wording. */
  wordings: z
    .record(z.string().regex(/^[a-z]{2}$/), Wording)
    .refine((all) => Object.keys(all).length > 0, "expected one"),
  /** Says what would be saved and changes nothing. */
  isPreview: z.boolean().default(false),
});
export type SaveTemplate = z.infer<typeof SaveTemplate>;

export type SavedTemplate = { key: string; version: number; isNew: boolean; previews: Record<string, Preview> };

/**
 * Keeps a wording as a new version. The nudges that say it say the new words from their next run on, also to those who
 * wait; what else is planned, and what was sent, keeps its version. The same words again make no new version. Throws
 * BAD_REQUEST naming everything that is wrong, CONFLICT when somebody else saved meanwhile or when the name is another
 * channel's.
 */
export async function saveTemplate(ctx: Context, input: SaveTemplate): Promise<SavedTemplate> {
  const { key, channel, category } = input;
  const before = await readLatest(ctx, key);
  if (before.some((row) => row.channel !== channel)) {
    throw new HearbackError("CONFLICT", `${key} is a wording for another channel: choose another name.`);
  }
  const kept = before.map((row) => [row.locale, wordingOf(row)] as const);
  const wordings = Object.entries({ ...Object.fromEntries(kept), ...input.wordings });
  refuseProblems(ctx, input, wordings);
  const previews = Object.fromEntries(
    wordings.map(([locale, each]) => [locale, previewWording(ctx, channel, locale, each)]),
  );
  const last = before[0]?.version ?? 0;
  const isSame =
    JSON.stringify(wordings.sort()) === JSON.stringify(kept.toSorted()) && before[0]?.category === category;
  if (isSame || input.isPreview) return { key, version: isSame ? last : last + 1, isNew: !isSame, previews };
  await insertVersion(ctx, input, last + 1, wordings);
  return { key, version: last + 1, isNew: true, previews };
}

/** The newest version of a wording in every language it has; empty where there is none. */
async function readLatest(ctx: Context, key: string) {
  const rows = await ctx.db
    .select()
    .from(messageTemplates)
    .where(eq(messageTemplates.key, key))
    .orderBy(desc(messageTemplates.version));
  return rows.filter(({ version }) => version === rows[0]?.version);
}

/** All languages or none: nobody's save may end up half in somebody else's version. */
async function insertVersion(
  ctx: Context,
  { key, channel, category }: SaveTemplate,
  version: number,
  wordings: [string, Stored][],
): Promise<void> {
  const rows = wordings.map(([locale, each]) => ({ key, version, locale, channel, category, ...each }));
  const isFree = sql`AND NOT EXISTS (SELECT 1 FROM ${messageTemplates} WHERE key = ${key} AND version = ${version})`;
  const details = { version, locales: rows.map(({ locale }) => locale).join(" ") };
  const [saved] = await ctx.db.batch([
    ctx.db.run(insertRows(messageTemplates, rows, { createdAt: sql`${ctx.now()}` }, isFree)),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "template.saved", entityId: key, details })),
    ctx.db.run(moveSteps(key, version, category)),
  ]);
  if (saved.rowsAffected === 0) throw new HearbackError("CONFLICT", "Somebody else saved it meanwhile: look again.");
}

/** A marketing nudge says no wording that was not checked for marketing's rules: it keeps the one that it has. */
function moveSteps(key: string, version: number, category: SaveTemplate["category"]): SQL {
  const isFit = category === "marketing" ? sql`true` : sql`category <> 'marketing'`;
  return sql`UPDATE ${steps} SET template_version = ${version} WHERE template_key = ${key}
    AND nudge_id IN (SELECT id FROM ${nudges} WHERE ${isFit})`;
}

type Stored = { subject: string | null; body: string; bodyHtml: string | null };

function wordingOf({ subject, body, bodyHtml }: Stored): Stored {
  return { subject, body, bodyHtml };
}

function refuseProblems(ctx: Context, input: SaveTemplate, wordings: [string, Stored][]): void {
  const clinic = clinicFacts(ctx.tenant.settings);
  const problems = wordings.flatMap(([locale, wording]) =>
    checkTemplate(wording, input, clinic).map(({ field, code, found, advice }) => ({
      field: `${locale}.${field}`,
      problem: [code, found, advice].filter(Boolean).join(": "),
    })),
  );
  if (problems.length > 0) throw new HearbackError("BAD_REQUEST", "This wording cannot be saved yet.", { problems });
}
