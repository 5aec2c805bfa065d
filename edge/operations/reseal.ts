import { and, desc, eq, sql } from "drizzle-orm";
import * as z from "zod";
import { isStoreUnavailable } from "../../db/connect.ts";
import { runs } from "../../db/schema/operations.ts";
import type { Context } from "../context.ts";
import { errorFields } from "../log.ts";
import { type Counts, newRunId } from "../procedure.ts";
import { dropUnusedKeys } from "./drop-keys.ts";
import { SEALED_COLUMNS, type SealedColumn } from "./sealed-columns.ts";

const PROCEDURE = "key-rotation";
const BATCH = 200;
const WORK_FOR_MS = 20_000;
/** By then no isolate begins to seal with the old key: each trusts what it read of the directory for 15 seconds. */
const SETTLED_AFTER_MS = 60_000;
/** By then none that had begun is left either: no invocation of a Worker lives longer. */
const ENDED_AFTER_MS = 15 * 60_000;
const COLUMNS = SEALED_COLUMNS.length;

/**
 * How far the present rotation has come; kept in its row of `runs`, so that any tick can go on. The columns are gone
 * through twice: once when the key has settled, and again before the old one is dropped.
 */
const Progress = z.object({ keyId: z.string(), column: z.int(), after: z.string() });
type Progress = z.infer<typeof Progress>;

/**
 * After a new data key: seals every row that an older key sealed anew, some seconds' worth at each tick, until none is
 * left, and then drops the older keys. Readers notice nothing, because those stay until then. A row that changes
 * meanwhile is left to its writer.
 */
export async function reseal(ctx: Context): Promise<Counts> {
  const counts: RunCounts = { resealed: 0, keysDropped: 0, keysKept: 0 };
  if (ctx.keys.olderKeyIds.length === 0 || (await nextResealAt(ctx)) > ctx.now()) return counts;
  const run = (await readRun(ctx)) ?? (await startRun(ctx));
  const progress = run.progress;
  const stopAt = ctx.now() + WORK_FOR_MS;
  while (progress.column < 2 * COLUMNS && dueAt(ctx, progress) <= ctx.now() && ctx.now() < stopAt) {
    const column = SEALED_COLUMNS[progress.column % COLUMNS];
    const resealed = column ? await resealBatch(ctx, column, progress) : 0;
    const isEnd = progress.column === 2 * COLUMNS;
    const keys = isEnd ? await dropUnusedKeys(ctx) : { keysDropped: 0, keysKept: 0 };
    counts.resealed += resealed;
    Object.assign(counts, keys);
    await saveProgress(ctx, run.id, progress, { resealed, ...keys });
  }
  return counts;
}

function dueAt(ctx: Context, { column }: Progress): number {
  return ctx.keys.currentSince + (column < COLUMNS ? SETTLED_AFTER_MS : ENDED_AFTER_MS);
}

/** When there is work for `reseal` (epoch ms). */
export async function nextResealAt(ctx: Context): Promise<number> {
  if (ctx.keys.olderKeyIds.length === 0) return Number.MAX_SAFE_INTEGER;
  const run = await readRun(ctx);
  if (run?.isDone) return Number.MAX_SAFE_INTEGER;
  return run ? dueAt(ctx, run.progress) : ctx.keys.currentSince + SETTLED_AFTER_MS;
}

type RunCounts = { resealed: number; keysDropped: number; keysKept: number };
type Run = { id: string; progress: Progress; isDone: boolean };

/** The run of the present key; null when it has none yet. */
async function readRun(ctx: Context): Promise<Run | null> {
  const [row] = await ctx.db
    .select()
    .from(runs)
    .where(eq(runs.procedureId, PROCEDURE))
    .orderBy(desc(runs.startedAt), desc(runs.id))
    .limit(1);
  const progress = row && Progress.parse(JSON.parse(row.arguments));
  if (!row || progress?.keyId !== ctx.keys.currentKeyId) return null;
  return { id: row.id, progress, isDone: row.status === "succeeded" };
}

async function startRun(ctx: Context): Promise<Run> {
  const progress = { keyId: ctx.keys.currentKeyId, column: 0, after: "" };
  const id = newRunId(ctx);
  const row = { id, procedureId: PROCEDURE, status: "started", startedAt: ctx.now() } as const;
  await ctx.db.insert(runs).values({ ...row, arguments: JSON.stringify(progress) });
  return { id, progress, isDone: false };
}

type Row = { id: string; place: string; sealed: string };

/** Seals the next rows of one column anew and moves the progress on; the next column when this one has no more. */
async function resealBatch(ctx: Context, column: SealedColumn, progress: Progress): Promise<number> {
  const prefix = `${ctx.keys.currentKeyId}.`;
  const rows = await ctx.db.all<Row>(sql`SELECT ${column.id} AS id, ${column.place} AS place, ${column.sealed} AS sealed
    FROM ${column.table} WHERE ${column.id} > ${progress.after} AND ${column.sealed} <> ''
      AND substr(${column.sealed}, 1, ${prefix.length}) <> ${prefix} ORDER BY ${column.id} LIMIT ${BATCH}`);
  const changes = (await Promise.all(rows.map((row) => sealAnew(ctx, column, row)))).filter((each) => each !== null);
  const last = rows.at(-1);
  if (rows.length < BATCH) Object.assign(progress, { column: progress.column + 1, after: "" });
  else if (last) progress.after = last.id;
  if (changes.length === 0) return 0;
  const { rowsAffected } = await ctx.db.run(sql`UPDATE ${column.table}
    SET ${sql.identifier(column.sealed.name)} = json_extract(value, '$.after') FROM json_each(${JSON.stringify(changes)})
    WHERE ${column.id} = json_extract(value, '$.id') AND ${column.sealed} = json_extract(value, '$.before')`);
  return rowsAffected;
}

async function sealAnew(ctx: Context, column: SealedColumn, { id, place, sealed }: Row) {
  const where = { table: column.name, row: place };
  try {
    return { id, before: sealed, after: await ctx.keys.seal(where, await ctx.keys.open(where, sealed)) };
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    // Moved or changed in the store: it stays as it is, for whoever looks into it, and no other row waits for it.
    ctx.log.error("row does not open", { table: column.name, row: id, ...errorFields(error) });
    return null;
  }
}

async function saveProgress(ctx: Context, runId: string, progress: Progress, done: RunCounts): Promise<void> {
  const isDone = progress.column === 2 * COLUMNS;
  const resealed = sql`coalesce(json_extract(counts, '$.resealed'), 0) + ${done.resealed}`;
  await ctx.db
    .update(runs)
    .set({
      arguments: JSON.stringify(progress),
      counts: sql`json_object('resealed', ${resealed}, 'keysDropped', ${done.keysDropped}, 'keysKept', ${done.keysKept})`,
      ...(isDone && { status: "succeeded" as const, finishedAt: ctx.now() }),
    })
    .where(and(eq(runs.id, runId), eq(runs.status, "started")));
}
