import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { auditIfChanged } from "../../db/audit.ts";
import { newId } from "../../db/ids.ts";
import { deliveries, exportFiles, exportParts } from "../../db/schema/exports.ts";
import { mediaBuyRecipients, mediaBuys } from "../../db/schema/nudges.ts";
import { type Context, stamp } from "../context.ts";
import { Letter } from "../letter.ts";
import { csvParts } from "./csv-file.ts";
import { inPostalOrder, MAILING_COLUMNS, type Piece } from "./mailing-columns.ts";

const ROWS_PER_PART = 500;
/** More than a clinic freezes in a minute. */
const AT_ONCE = 5;

type Committed = { id: string; slotStartsAt: number };

/**
 * Makes the printer's file of every mailing whose list is frozen and has none yet, and wants it delivered. A list makes
 * the same file however often it is tried, so one that broke off, or two at once, come to one file.
 */
export async function makeMailingFiles(ctx: Context): Promise<{ made: number }> {
  const waiting = await ctx.db.all<Committed>(sql`SELECT id, slot_starts_at AS slotStartsAt FROM ${mediaBuys}
    WHERE status = 'committed' AND channel = 'print' AND NOT EXISTS (SELECT 1 FROM ${exportFiles}
      WHERE export_files.kind = 'mailing' AND export_files.subject_id = media_buys.id) LIMIT ${AT_ONCE}`);
  for (const buy of waiting) await makeFile(ctx, buy);
  return { made: waiting.length };
}

async function makeFile(ctx: Context, { id: buyId, slotStartsAt }: Committed): Promise<void> {
  const pieces = await readPieces(ctx, buyId);
  const parts = csvParts(MAILING_COLUMNS, inPostalOrder(pieces), ROWS_PER_PART);
  const bytes = new TextEncoder().encode(parts.join(""));
  const file = {
    id: buyId.replace(/^[a-z]+/, "exf"),
    kind: "mailing",
    subjectId: buyId,
    name: nameOf(ctx, buyId, slotStartsAt),
    rowCount: pieces.length,
    byteCount: bytes.byteLength,
    sha256: Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex"),
    partCount: parts.length,
    createdAt: ctx.now(),
  };
  for (const [part, text] of parts.entries()) await keepPart(ctx, file.id, part, text);
  const { at } = stamp(ctx);
  const details = { rows: file.rowCount, bytes: file.byteCount, sha256: file.sha256 };
  await ctx.db.batch([
    ctx.db.insert(exportFiles).values(file).onConflictDoNothing(),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "export.made", entityId: file.id, details })),
    // Not for one that was cancelled meanwhile.
    ctx.db.run(sql`INSERT INTO ${deliveries} (id, file_id, target, status, created_at, updated_at)
      SELECT ${newId("delivery", at)}, ${file.id}, 'print_vendor', 'waiting', ${at}, ${at} FROM ${mediaBuys}
      WHERE id = ${buyId} AND status = 'committed' ON CONFLICT (file_id, target) DO NOTHING`),
  ]);
}

async function readPieces(ctx: Context, buyId: string): Promise<Piece[]> {
  const rows = await ctx.db.all<{ reference: string; sealed: string }>(sql`SELECT reference, address_sealed AS sealed
    FROM ${mediaBuyRecipients} WHERE media_buy_id = ${buyId} AND role = 'mailed' AND address_sealed IS NOT NULL`);
  return Promise.all(
    rows.map(async ({ reference, sealed }) => {
      const text = await ctx.keys.open({ table: "media_buy_recipients", row: reference }, sealed);
      return { ...Letter.parse(JSON.parse(text)), reference };
    }),
  );
}

async function keepPart(ctx: Context, fileId: string, part: number, text: string): Promise<void> {
  const id = `${fileId}.${part}`;
  const sealed = await ctx.keys.seal({ table: "export_parts", row: id }, text);
  await ctx.db.insert(exportParts).values({ id, fileId, part, sealed }).onConflictDoNothing();
}

/** Says which day's and which mailing's it is, and neither clinic nor people. */
function nameOf(ctx: Context, buyId: string, slotStartsAt: number): string {
  const { timeZone } = ctx.tenant.settings.office;
  const day = Temporal.Instant.fromEpochMilliseconds(slotStartsAt).toZonedDateTimeISO(timeZone).toPlainDate();
  return `mailing_${day}_${buyId.slice(-8)}.csv`;
}
