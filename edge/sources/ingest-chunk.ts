import { and, eq, type SQL, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { auditEvents } from "../../db/audit.ts";
import { inList } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { inboundMessages, snapshots } from "../../db/schema/operations.ts";
import { appointments } from "../../db/schema/people.ts";
import { type Context, stamp } from "../context.ts";
import { type ChunkReply, nextDigest, type RowOutcome, type SnapshotChunk } from "../contract/appointments.ts";
import { erasedAmong } from "../erased.ts";
import { HearbackError } from "../errors.ts";
import { inTurn } from "../in-turn.ts";
import { type KeyedRow, keyRow } from "./blind-row.ts";
import { closeSnapshot, type Snapshot } from "./close-snapshot.ts";
import { readRows } from "./read-rows.ts";
import { type KnownAppointment, storeRows } from "./store-rows.ts";

/**
 * Takes one chunk of a snapshot: checks its place in line, stores its good rows, and with the last one closes the
 * snapshot. All in one batch with the kept raw message and the audit event, so that it happened wholly or not at all.
 * The same chunk again gets the stored answer. Throws CONFLICT when the chunk is out of order, another body came under
 * the same place, or count or digest do not fit; then nothing is stored.
 */
export async function ingestChunk(ctx: Context, chunk: SnapshotChunk, body: string): Promise<ChunkReply> {
  const dedupeKey = `${chunk.runId}:${chunk.on}:${chunk.sequence}`;
  const bodyKey = await ctx.keys.blindIndex("inbound", body);
  const today = Temporal.Instant.fromEpochMilliseconds(ctx.now())
    .toZonedDateTimeISO(ctx.tenant.settings.office.timeZone)
    .toPlainDate();
  const { good, rejected } = readRows(chunk.rows, chunk.on, ctx.tenant.settings, today);
  const listed = withoutRepeats(await inTurn(good, (row) => keyRow(ctx, row)));
  const state = await readState(ctx, chunk, dedupeKey, listed);
  const isErased = ({ identityKey }: KeyedRow) => state.erased.has(identityKey);
  const keyed = listed.filter((row) => !isErased(row));
  if (state.earlier) return repeatedReply(state.earlier, bodyKey);
  const digest = await checkPlace(chunk, state.snapshot);

  const taken = [...rejected, ...outcomesOf(keyed, state.known)];
  const erased = listed.filter(isErased).map(({ place }) => erasedOutcome(place));
  const outcomes = [...taken, ...erased].sort((one, other) => one.row - other.row);
  const counts = countsSoFar(state.snapshot, taken, erased.length);
  const close = chunk.end
    ? await closeSnapshot(ctx, chunk, {
        counts,
        seen: keyed.map((row) => row.dedupeKey),
        rowCount: chunk.end.count,
        startedAt: state.snapshot?.startedAt ?? ctx.now(),
      })
    : null;
  const reply: ChunkReply = { outcomes, snapshot: close?.status ?? "open", removed: close?.removed ?? 0 };
  const statements = [
    keepRaw(ctx, chunk.source, dedupeKey, bodyKey, await sealRaw(ctx, dedupeKey, body), reply),
    moveSnapshot(ctx, chunk, digest, counts),
    ...(await storeRows(ctx, chunk, keyed, state.known)),
    ...(close?.statements ?? []),
    auditEvents(stamp(ctx), [{ action: "appointments.ingested", entityId: chunk.runId, details: tally(taken) }]),
  ].map((statement) => ctx.db.run(statement));
  const [first, ...rest] = statements;
  try {
    if (first) await ctx.db.batch([first, ...rest]);
    return reply;
  } catch (error) {
    // The same chunk, pushed twice at once: the unique key let one through, and both get its answer.
    const { earlier } = await readState(ctx, chunk, dedupeKey, []);
    if (earlier) return repeatedReply(earlier, bodyKey);
    throw error;
  }
}

type State = {
  earlier: { bodyKey: string; reply: string | null } | undefined;
  snapshot: Snapshot | undefined;
  known: Map<string, KnownAppointment>;
  /** Identity keys of people who were erased. */
  erased: Set<string>;
};

async function readState(ctx: Context, chunk: SnapshotChunk, dedupeKey: string, rows: KeyedRow[]): Promise<State> {
  const [earlier, snapshot, known, erased] = await ctx.db.batch([
    ctx.db
      .select({ bodyKey: inboundMessages.bodyKey, reply: inboundMessages.reply })
      .from(inboundMessages)
      .where(and(eq(inboundMessages.source, chunk.source), eq(inboundMessages.dedupeKey, dedupeKey))),
    ctx.db
      .select()
      .from(snapshots)
      .where(and(eq(snapshots.source, chunk.source), eq(snapshots.runId, chunk.runId), eq(snapshots.onDay, chunk.on))),
    ctx.db
      .select({
        id: appointments.id,
        dedupeKey: appointments.dedupeKey,
        contentKey: appointments.contentKey,
        status: appointments.status,
        serviceType: appointments.serviceType,
        removedAt: appointments.removedAt,
      })
      .from(appointments)
      .where(sql`${appointments.dedupeKey} ${inList(rows.map((row) => row.dedupeKey))}`),
    ctx.db.all<{ key: string }>(erasedAmong(rows.map(({ identityKey }) => identityKey))),
  ]);
  return {
    earlier: earlier[0],
    snapshot: snapshot[0],
    known: new Map(known.map((row) => [row.dedupeKey, row])),
    erased: new Set(erased.map(({ key }) => key)),
  };
}

function repeatedReply(earlier: { bodyKey: string; reply: string | null }, bodyKey: string): ChunkReply {
  if (earlier.bodyKey !== bodyKey || earlier.reply === null) {
    throw new HearbackError("CONFLICT", "Another body came for this run, day and sequence.");
  }
  return JSON.parse(earlier.reply) as ChunkReply;
}

/** The digest after this chunk. Throws CONFLICT when it is not this chunk's turn, or the whole does not add up. */
async function checkPlace(chunk: SnapshotChunk, snapshot: Snapshot | undefined): Promise<string> {
  const expected = snapshot?.nextSequence ?? 0;
  if (snapshot && snapshot.status !== "open") throw new HearbackError("CONFLICT", "This snapshot is closed.");
  if (chunk.sequence !== expected) {
    throw new HearbackError("CONFLICT", `Chunks come in order: sequence ${expected} is next.`);
  }
  const digest = await nextDigest(snapshot?.digest ?? "", chunk.rows);
  const count = (snapshot?.rowCount ?? 0) + chunk.rows.length;
  if (chunk.end && chunk.end.count !== count) {
    throw new HearbackError("CONFLICT", `The end says ${chunk.end.count} rows; ${count} have arrived.`);
  }
  if (chunk.end && chunk.end.digest !== digest)
    throw new HearbackError("CONFLICT", "The digest does not fit the rows.");
  return digest;
}

/** A visit listed twice on one page is one visit. */
function withoutRepeats(rows: KeyedRow[]): KeyedRow[] {
  return [...new Map(rows.map((row) => [row.dedupeKey, row])).values()];
}

function outcomesOf(rows: KeyedRow[], known: Map<string, KnownAppointment>): RowOutcome[] {
  return rows.map((row) => {
    const before = known.get(row.dedupeKey);
    if (!before) return { row: row.place, outcome: "created" };
    const isSame = before.contentKey === row.contentKey && before.removedAt === null;
    return { row: row.place, outcome: isSame ? "unchanged" : "updated" };
  });
}

function tally(outcomes: RowOutcome[]): Record<RowOutcome["outcome"], number> {
  const counts = { created: 0, updated: 0, unchanged: 0, rejected: 0 };
  for (const { outcome } of outcomes) counts[outcome] += 1;
  return counts;
}

/** The row was read well: a visit that seems gone cannot be this one, so it is not counted as rejected. */
function erasedOutcome(row: number): RowOutcome {
  return { row, outcome: "rejected", reason: "erased: this person was erased and is not taken again" };
}

function countsSoFar(snapshot: Snapshot | undefined, taken: RowOutcome[], erased: number): Record<string, number> {
  const counts: Record<string, number> = { ...tally(taken), ...(erased > 0 && { erased }) };
  const before = JSON.parse(snapshot?.counts ?? "{}") as Record<string, number>;
  for (const [name, value] of Object.entries(before)) counts[name] = (counts[name] ?? 0) + value;
  return counts;
}

async function sealRaw(ctx: Context, dedupeKey: string, body: string): Promise<string> {
  return ctx.keys.seal({ table: "inbound_messages", row: dedupeKey }, body);
}

function keepRaw(
  ctx: Context,
  source: string,
  dedupeKey: string,
  bodyKey: string,
  sealed: string,
  reply: ChunkReply,
): SQL {
  return sql`INSERT INTO ${inboundMessages} (id, source, dedupe_key, body_key, sealed, status, reply, received_at)
    VALUES (${newId("inbound", ctx.now())}, ${source}, ${dedupeKey}, ${bodyKey}, ${sealed}, 'processed', ${JSON.stringify(reply)}, ${ctx.now()})`;
}

/** Opens the snapshot or moves it on. The unique key and the guard make a race fail instead of counting twice. */
function moveSnapshot(ctx: Context, chunk: SnapshotChunk, digest: string, counts: Record<string, number>): SQL {
  const now = ctx.now();
  if (chunk.sequence === 0) {
    return sql`INSERT INTO ${snapshots} (id, source, run_id, on_day, status, next_sequence, digest, row_count, counts, started_at)
      VALUES (${newId("snapshot", now)}, ${chunk.source}, ${chunk.runId}, ${chunk.on}, 'open', 1, ${digest}, ${chunk.rows.length}, ${JSON.stringify(counts)}, ${now})`;
  }
  return sql`UPDATE ${snapshots} SET next_sequence = next_sequence + 1, digest = ${digest},
      row_count = row_count + ${chunk.rows.length}, counts = ${JSON.stringify(counts)}
    WHERE source = ${chunk.source} AND run_id = ${chunk.runId} AND on_day = ${chunk.on} AND next_sequence = ${chunk.sequence}`;
}
