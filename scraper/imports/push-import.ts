import { nextDigest } from "../../edge/contract/appointments.ts";
import {
  type Entity,
  type ImportChunk,
  type ImportReply,
  type ImportScope,
  MAX_IMPORT_ROWS,
} from "../../edge/contract/imports.ts";
import type { EdgeClient } from "../edge-client.ts";
import type { Batch } from "./source.ts";

export type ImportPush = {
  counts: Record<string, number>;
  /** Rows by their kind. */
  read: Partial<Record<Entity, number>>;
  take(batch: Batch): Promise<void>;
  /** Says that all was read; the edge applies it, holds it for staff, or knows a newer one. */
  end(): Promise<ImportReply["import"]>;
  /** Says that the reading broke off: nothing of it will be applied. */
  fail(code: string): Promise<void>;
};

type Reading = Pick<ImportChunk, "runId" | "source" | "snapshotAt"> & { scope: ImportScope };

/**
 * Pushes one reading in chunks of at most 500 rows as they come, so that a large source never stands in memory. Rows of
 * one entity are gathered until a chunk is full or another entity begins.
 */
export function pushImport(edge: EdgeClient, reading: Reading): ImportPush {
  const counts: Record<string, number> = { rows: 0, staged: 0, unchanged: 0, rejected: 0 };
  const perEntity: Partial<Record<Entity, number>> = {};
  let waiting: Batch = { entity: reading.scope.entities[0] ?? "patient", rows: [] };
  let digest = "";
  let sequence = 0;
  const push = async (rows: object[], closing: Pick<ImportChunk, "end" | "failed"> = {}) => {
    const reply = await edge.pushImport({ ...reading, sequence, entity: waiting.entity, rows, ...closing });
    sequence += 1;
    for (const [name, more] of Object.entries(countsOf(rows, reply))) counts[name] = (counts[name] ?? 0) + more;
    return reply.import;
  };
  const send = async (rows: object[]) => {
    digest = await nextDigest(digest, rows);
    perEntity[waiting.entity] = (perEntity[waiting.entity] ?? 0) + rows.length;
    await push(rows);
  };
  const sendRest = async () => {
    if (waiting.rows.length > 0) await send(waiting.rows);
    waiting = { ...waiting, rows: [] };
  };
  return {
    counts,
    read: perEntity,
    async take({ entity, rows }) {
      if (rows.length === 0) return;
      if (entity !== waiting.entity) await sendRest();
      waiting = { entity, rows: [...waiting.rows, ...rows] };
      while (waiting.rows.length >= MAX_IMPORT_ROWS) await send(waiting.rows.splice(0, MAX_IMPORT_ROWS));
    },
    async end() {
      await sendRest();
      const all = await nextDigest(digest, []);
      return push([], { end: { counts: perEntity, digest: all } });
    },
    async fail(code) {
      await push([], { failed: { code } });
    },
  };
}

function countsOf(rows: object[], { staged, unchanged, rejected }: ImportReply): Record<string, number> {
  return { rows: rows.length, staged, unchanged, rejected: rejected.length };
}
