import type * as z from "zod";
import type { Context } from "../../context.ts";
import {
  AppointmentImportRow,
  type Entity,
  type ImportChunk,
  PatientRow,
  ProductRow,
  PurchaseRow,
  type RejectedRow,
} from "../../contract/imports.ts";
import { inTurn } from "../../in-turn.ts";
import type { OfficeBook } from "./office-book.ts";
import { prepareProducts, preparePurchases } from "./prepare-goods.ts";
import { preparePatients } from "./prepare-patients.ts";
import { prepareVisits } from "./prepare-visits.ts";

/** A row of the source that reads as it should; `knownId` is the store's, where it has the row already. */
export type Parsed<Row> = { place: number; value: Row; knownId: string | null };
/** A row as the store will keep it, or why it cannot. */
export type Prepared = { row: Record<string, unknown>; isKnown?: boolean } | Problem;
type Problem = { code: string; field?: string };

/** A row by its key at the source, with the keyed hash of all that was said. */
export type KeyedRow = { place: number; sourceId: string | null; contentKey: string; raw: unknown };
/** The row as the store has it now. */
export type KnownRow = { id: string; contentKey: string | null; removedAt: number | null };

export type StagedRow = { sourceId: string; contentKey: string; row: object | null; rejectReason: string | null };
export type Staged = {
  rows: StagedRow[];
  staged: number;
  unchanged: number;
  rejected: RejectedRow[];
  /** Of the staged: rows of which the store has something, and what some rows bring. */
  known: number;
  addresses: number;
  consents: number;
};

/** Raised when the same words are to be understood differently: then every row is read anew, once. */
const READING = 1;

/**
 * The chunk's rows with their content's hash. The clinic's settings are part of it, so that a status or an office
 * which the settings learn to know is read again although the source said nothing new.
 */
export async function keyRows(ctx: Context, chunk: ImportChunk): Promise<KeyedRow[]> {
  const { schedule, offices, office } = ctx.tenant.settings;
  const settings = JSON.stringify([READING, schedule.statuses, offices, office.timeZone]);
  const reading = await ctx.keys.blindIndex("content", settings);
  const indexed = chunk.rows.map((raw, place) => ({ raw, place }));
  return inTurn(indexed, async ({ raw, place }) => {
    const contentKey = await ctx.keys.blindIndex("content", reading + JSON.stringify(raw));
    return { place, sourceId: sourceIdOf(raw), contentKey, raw };
  });
}

function sourceIdOf(raw: unknown): string | null {
  const said = typeof raw === "object" && raw !== null && "sourceId" in raw ? raw.sourceId : null;
  const sourceId = typeof said === "string" ? said.trim() : "";
  return sourceId.length > 0 && sourceId.length <= 100 ? sourceId : null;
}

/**
 * Sorts the rows into what is new or changed, which is sealed here; what the store knows as it is, which costs no more
 * than its key; and what cannot be taken, with a named reason. `seen` are keys that this import brought before.
 */
export async function stageRows(
  ctx: Context,
  chunk: ImportChunk,
  rows: KeyedRow[],
  known: Map<string, KnownRow>,
  seen: Set<string>,
  book: OfficeBook,
): Promise<Staged> {
  const staged: Staged = { rows: [], staged: 0, unchanged: 0, rejected: [], known: 0, addresses: 0, consents: 0 };
  const changed: (KeyedRow & { sourceId: string })[] = [];
  const shown = new Set(seen);
  for (const row of rows) {
    const { sourceId, place, contentKey } = row;
    if (sourceId === null) {
      const problem = { code: "source_id_missing", field: "sourceId" };
      reject(staged, { ...row, sourceId: `#${chunk.sequence}:${place}` }, problem);
    } else if (shown.has(sourceId)) {
      staged.rejected.push({ row: place, code: "repeated" });
    } else if (isUnchanged(row, known.get(sourceId))) {
      staged.rows.push({ sourceId, contentKey, row: null, rejectReason: null });
      staged.unchanged += 1;
    } else changed.push({ ...row, sourceId });
    if (sourceId !== null) shown.add(sourceId);
  }
  await stageChanged({ ctx, chunk, known, book }, changed, staged);
  return staged;
}

/** One that was removed is looked at again: it may be back, in the very words it had. */
function isUnchanged({ contentKey }: KeyedRow, before: KnownRow | undefined): boolean {
  return before?.contentKey === contentKey && before.removedAt === null;
}

type Staging = { ctx: Context; chunk: ImportChunk; known: Map<string, KnownRow>; book: OfficeBook };

async function stageChanged(
  { ctx, chunk, known, book }: Staging,
  changed: (KeyedRow & { sourceId: string })[],
  staged: Staged,
): Promise<void> {
  if (changed.length === 0) return;
  const parsed: (Parsed<unknown> & { from: KeyedRow & { sourceId: string } })[] = [];
  for (const from of changed) {
    const result = SHAPES[chunk.entity].safeParse(from.raw);
    if (!result.success) reject(staged, from, problemOf(result.error));
    else {
      const knownId = known.get(from.sourceId)?.id ?? null;
      parsed.push({ place: from.place, value: result.data, knownId, from });
    }
  }
  const prepared = await prepare(ctx, chunk, parsed, book);
  for (const [index, { from }] of parsed.entries()) {
    const result = prepared[index];
    if (!result || "code" in result) {
      reject(staged, from, result ?? { code: "malformed" });
      continue;
    }
    const { sourceId, contentKey } = from;
    const before = known.get(sourceId);
    const isStillGone = before?.contentKey === contentKey && result.row.removed === 1;
    const row = isStillGone ? null : result.row;
    staged.rows.push({ sourceId, contentKey, row, rejectReason: null });
    staged[isStillGone ? "unchanged" : "staged"] += 1;
    if (before || result.isKnown) staged.known += 1;
    if (result.row.address) staged.addresses += 1;
    if (result.row.consent) staged.consents += 1;
  }
}

const SHAPES: Record<Entity, z.ZodType> = {
  patient: PatientRow,
  appointment: AppointmentImportRow,
  product: ProductRow,
  purchase: PurchaseRow,
};

/** The shape of each entity was checked just before. */
async function prepare(
  ctx: Context,
  chunk: ImportChunk,
  rows: Parsed<unknown>[],
  book: OfficeBook,
): Promise<Prepared[]> {
  if (chunk.entity === "product") return prepareProducts(ctx, rows as Parsed<ProductRow>[]);
  if (chunk.entity === "patient") return preparePatients(ctx, chunk.source, rows as Parsed<PatientRow>[], book);
  if (chunk.entity === "purchase") return preparePurchases(ctx, chunk.source, rows as Parsed<PurchaseRow>[], book);
  return prepareVisits(ctx, chunk.source, rows as Parsed<AppointmentImportRow>[], book);
}

function reject(
  staged: Staged,
  { sourceId, contentKey, place }: KeyedRow & { sourceId: string },
  problem: Problem,
): void {
  const rejectReason = problem.field ? `${problem.code}:${problem.field}` : problem.code;
  staged.rows.push({ sourceId, contentKey, row: null, rejectReason });
  staged.rejected.push({ row: place, ...problem });
}

/** Which field, and whether it is missing or not as expected; never what was sent. */
function problemOf(error: z.ZodError): Problem {
  const [issue] = error.issues;
  const field = issue?.path.join(".");
  const isMissing = issue?.code === "invalid_type" && issue.input === undefined;
  return { code: isMissing ? "missing" : "malformed", ...(field && { field }) };
}
