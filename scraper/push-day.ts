import {
  type AppointmentRow,
  MAX_ROWS_PER_CHUNK,
  nextDigest,
  type RowOutcome,
  type SnapshotChunk,
} from "../edge/contract/appointments.ts";
import type { EdgeClient } from "./edge-client.ts";
import type { ParsedSchedule } from "./parse-schedule/parse-schedule.ts";

export type Pushed = Record<RowOutcome["outcome"], number> & { removed: number; held: number };

/**
 * Pushes one day as a snapshot: chunks in order, each said again under the same place if its answer was lost, the last
 * with count and digest of all. A day without visits is one empty chunk, which tells the edge that somebody looked.
 */
export async function pushDay(
  edge: EdgeClient,
  of: { runId: string; source: string; on: string },
  schedule: ParsedSchedule,
): Promise<Pushed> {
  const pushed: Pushed = { created: 0, updated: 0, unchanged: 0, rejected: 0, removed: 0, held: 0 };
  const chunks = inChunks(schedule.rows);
  let digest = "";
  for (const [sequence, rows] of chunks.entries()) {
    digest = await nextDigest(digest, rows);
    const end = sequence === chunks.length - 1 ? { end: endOf(schedule, digest) } : {};
    const reply = await edge.push({ ...of, sequence, rows, ...end });
    for (const { outcome } of reply.outcomes) pushed[outcome] += 1;
    pushed.removed += reply.removed;
    if (reply.snapshot === "held") pushed.held += 1;
  }
  return pushed;
}

function inChunks(rows: AppointmentRow[]): AppointmentRow[][] {
  const chunks: AppointmentRow[][] = [];
  for (let at = 0; at === 0 || at < rows.length; at += MAX_ROWS_PER_CHUNK) {
    chunks.push(rows.slice(at, at + MAX_ROWS_PER_CHUNK));
  }
  return chunks;
}

function endOf({ rows, errors, duplicates, layout }: ParsedSchedule, digest: string): SnapshotChunk["end"] {
  return { count: rows.length, digest, layout: layout ?? "", rowErrors: byReason(errors), duplicates };
}

/** How many rows could not be read, by reason. */
export function byReason(errors: ParsedSchedule["errors"]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of errors) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
