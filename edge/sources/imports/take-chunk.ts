import { and, eq, type SQL, sql } from "drizzle-orm";
import { auditEvents } from "../../../db/audit.ts";
import { inList } from "../../../db/bulk.ts";
import { externalRefs, importChunks, imports, stagedRows } from "../../../db/schema/imports.ts";
import { raiseAlarm } from "../../alarms.ts";
import { type Context, stamp } from "../../context.ts";
import { nextDigest } from "../../contract/appointments.ts";
import { ENTITIES, type Entity, type ImportChunk, type ImportReply } from "../../contract/imports.ts";
import { HearbackError } from "../../errors.ts";
import { CORE_TABLES, type ImportCounts, type ImportRow, newCounts } from "./import-row.ts";
import { officeBook, selectOffices } from "./office-book.ts";
import { CLOCKS_APART_MS } from "./scope.ts";
import { type KeyedRow, type KnownRow, keyRows, type Staged, stageRows } from "./stage-rows.ts";

/** What is answered of the rows, kept for a repeat; how the import stands is looked up anew. */
type Answer = Omit<ImportReply, "import">;

/**
 * Takes one chunk of an import: checks its place in line and stages its rows, in one batch, so that it happened wholly
 * or not at all. With `end` the import is complete and waits to be applied; with `failed` it is over. The same chunk
 * again gets the stored answer. Throws CONFLICT when the chunk is out of order, another body came in its place, or
 * counts or digest do not fit; then nothing is stored.
 */
export async function takeChunk(ctx: Context, chunk: ImportChunk, body: string): Promise<ImportReply> {
  const bodyKey = await ctx.keys.blindIndex("inbound", body);
  const rows = await keyRows(ctx, chunk);
  const state = await readState(ctx, chunk, rows);
  if (state.earlier) return repeated(state, bodyKey);
  const digest = await checkPlace(ctx, chunk, state.import);
  const staged = await stageRows(ctx, chunk, rows, state.known, state.seen, state.book);
  const counts = countsWith(state.import, chunk, staged);
  checkEnd(chunk, counts, digest);
  const answer: Answer = { staged: staged.staged, unchanged: staged.unchanged, rejected: staged.rejected };
  const statements = [
    sql`INSERT INTO ${importChunks} (import_id, sequence, body_key, reply)
      VALUES (${chunk.runId}, ${chunk.sequence}, ${bodyKey}, ${JSON.stringify(answer)})`,
    moveImport(ctx, chunk, digest, counts),
    ...keepRows(chunk, staged),
    ...fail(ctx, chunk),
  ].map((statement) => ctx.db.run(statement));
  const [first, ...rest] = statements;
  try {
    if (first) await ctx.db.batch([first, ...rest]);
    return { ...answer, import: statusAfter(chunk) };
  } catch (error) {
    // The same chunk, pushed twice at once: its key let one through, and both get its answer.
    const then = await readState(ctx, chunk, []);
    if (then.earlier) return repeated(then, bodyKey);
    throw error;
  }
}

async function readState(ctx: Context, chunk: ImportChunk, rows: KeyedRow[]) {
  const { runId, entity, source } = chunk;
  const ids = inList(rows.flatMap(({ sourceId }) => sourceId ?? []));
  const [earlier, [row], known, seen, offices] = await ctx.db.batch([
    ctx.db
      .select({ bodyKey: importChunks.bodyKey, reply: importChunks.reply })
      .from(importChunks)
      .where(and(eq(importChunks.importId, runId), eq(importChunks.sequence, chunk.sequence))),
    ctx.db.select().from(imports).where(eq(imports.id, runId)),
    ctx.db.all<KnownRow & { sourceId: string }>(sql`SELECT ref.value AS "sourceId", known.id,
        known.content_key AS "contentKey", known.removed_at AS "removedAt"
      FROM ${externalRefs} AS ref JOIN ${CORE_TABLES[entity]} AS known ON known.id = ref.entity_id
      WHERE ref.system = ${source} AND ref.entity = ${entity} AND ref.value ${ids}`),
    ctx.db
      .select({ sourceId: stagedRows.sourceId })
      .from(stagedRows)
      .where(sql`import_id = ${runId} AND entity = ${entity} AND source_id ${ids}`),
    selectOffices(ctx),
  ]);
  return {
    earlier: earlier[0],
    import: row,
    known: new Map<string, KnownRow>(known.map(({ sourceId, ...rest }) => [sourceId, rest])),
    seen: new Set(seen.map(({ sourceId }) => sourceId)),
    book: officeBook(ctx, offices),
  };
}

type State = Awaited<ReturnType<typeof readState>>;

function repeated({ earlier, import: row }: State, bodyKey: string): ImportReply {
  if (earlier?.bodyKey !== bodyKey) throw new HearbackError("CONFLICT", "Another body came for this run and sequence.");
  return { ...(JSON.parse(earlier.reply) as Answer), import: row?.status ?? "staging" };
}

function statusAfter({ end, failed }: ImportChunk): ImportRow["status"] {
  return end ? "staged" : failed ? "failed" : "staging";
}

/** The digest after this chunk. Throws CONFLICT when it is not this chunk's turn, or not this import's chunk. */
async function checkPlace(ctx: Context, chunk: ImportChunk, row: ImportRow | undefined): Promise<string> {
  if (row && row.status !== "staging") throw new HearbackError("CONFLICT", "This import is closed.");
  const expected = row?.nextSequence ?? 0;
  if (chunk.sequence !== expected) {
    throw new HearbackError("CONFLICT", `Chunks come in order: sequence ${expected} is next.`);
  }
  const isSame =
    !row ||
    (row.source === chunk.source &&
      row.snapshotAt === Date.parse(chunk.snapshotAt) &&
      row.scope === JSON.stringify(chunk.scope));
  if (!isSame) throw new HearbackError("CONFLICT", "Source, snapshotAt or scope differ from the import's first chunk.");
  if (Date.parse(chunk.snapshotAt) > ctx.now() + CLOCKS_APART_MS) {
    throw new HearbackError("BAD_REQUEST", "snapshotAt lies in the future: check the container's clock.");
  }
  return nextDigest(row?.digest ?? "", chunk.rows);
}

function checkEnd({ end }: ImportChunk, counts: ImportCounts, digest: string): void {
  if (!end) return;
  for (const entity of ENTITIES) {
    const [said, came] = [end.counts[entity] ?? 0, counts[entity].received];
    if (said !== came) throw new HearbackError("CONFLICT", `The end says ${said} of ${entity}; ${came} have arrived.`);
  }
  if (end.digest !== digest) throw new HearbackError("CONFLICT", "The digest does not fit the rows.");
}

function countsWith(row: ImportRow | undefined, { entity, rows }: ImportChunk, staged: Staged): ImportCounts {
  const counts = row ? (JSON.parse(row.counts) as ImportCounts) : newCounts();
  const own = counts[entity];
  own.received += rows.length;
  for (const name of ["staged", "unchanged", "known", "addresses", "consents"] as const) own[name] += staged[name];
  own.rejected += staged.rejected.length;
  return counts;
}

/** Opens the import or moves it on. The key and the guard make a race fail instead of counting twice. */
function moveImport(ctx: Context, chunk: ImportChunk, digest: string, counts: ImportCounts): SQL {
  const { runId, sequence } = chunk;
  const isComplete = chunk.end ? 1 : 0;
  const status = statusAfter(chunk);
  const finishedAt = chunk.failed ? ctx.now() : null;
  const errorCode = chunk.failed?.code ?? null;
  if (sequence === 0) {
    return sql`INSERT INTO ${imports} (id, source, status, scope, is_complete, snapshot_at, next_sequence, digest, counts, error_code, started_at, finished_at)
      VALUES (${runId}, ${chunk.source}, ${status}, ${JSON.stringify(chunk.scope)}, ${isComplete}, ${Date.parse(chunk.snapshotAt)}, 1,
        ${digest}, ${JSON.stringify(counts)}, ${errorCode}, ${ctx.now()}, ${finishedAt})`;
  }
  return sql`UPDATE ${imports} SET next_sequence = next_sequence + 1, digest = ${digest}, counts = ${JSON.stringify(counts)},
      status = ${status}, is_complete = ${isComplete}, error_code = ${errorCode}, finished_at = ${finishedAt}
    WHERE id = ${runId} AND next_sequence = ${sequence} AND status = 'staging'`;
}

function keepRows({ runId, entity }: { runId: string; entity: Entity }, { rows }: Staged): SQL[] {
  if (rows.length === 0) return [];
  // The rows' own cells go as they are, not as text inside of text, which would cost as much as sealing them.
  return [
    sql`INSERT INTO ${stagedRows} (import_id, entity, source_id, content_key, row, reject_reason)
      SELECT ${runId}, ${entity}, value ->> '$.sourceId', value ->> '$.contentKey', value ->> '$.row', value ->> '$.rejectReason'
      FROM json_each(${JSON.stringify(rows)})`,
  ];
}

/** The container gave up: told, and nothing of it is ever applied. */
function fail(ctx: Context, { runId, source, failed }: ImportChunk): SQL[] {
  if (!failed) return [];
  const details = { source, code: failed.code };
  return [
    auditEvents(stamp(ctx), [{ action: "import.failed", entityId: runId, details }]),
    raiseAlarm(ctx, "run_failed", source, { code: failed.code }),
  ];
}
