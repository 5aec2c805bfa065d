import { randomUUID } from "node:crypto";
import { nextDigest } from "../edge/contract/appointments.ts";
import { ENTITIES, type Entity, type ImportReply } from "../edge/contract/imports.ts";
import type { Clinic } from "./harness.ts";

export type Rows = Partial<Record<Entity, object[]>>;
export type ImportOptions = {
  runId?: string;
  source?: string;
  snapshotAt?: number;
  scope?: object;
  chunkRows?: number;
  /** Only so many chunks, as if the container died. */
  stopAfter?: number;
};

/** Pushes one whole import in chunks, as the container does; returns every answer. */
export async function pushImport(
  clinic: Pick<Clinic, "send">,
  rows: Rows,
  options: ImportOptions = {},
): Promise<ImportReply[]> {
  const replies: ImportReply[] = [];
  const bodies = await chunksOf(rows, options);
  for (const body of bodies.slice(0, options.stopAfter ?? bodies.length)) {
    const answer = await clinic.send("/imports", body);
    if (!answer.ok) throw new Error(`import answered ${answer.status}: ${await answer.text()}`);
    replies.push((await answer.json()) as ImportReply);
  }
  return replies;
}

/** How the import stood after its last chunk. */
export async function lastOf(replies: Promise<ImportReply[]>): Promise<ImportReply["import"] | undefined> {
  return (await replies).at(-1)?.import;
}

/** The bodies of an import's chunks, the last with its end. */
export async function chunksOf(rows: Rows, options: ImportOptions = {}) {
  const { runId = randomUUID(), source = "concrete", snapshotAt = Date.now(), chunkRows = 500 } = options;
  const entities = ENTITIES.filter((entity) => rows[entity]);
  const scope = { entities: entities.length > 0 ? entities : ["patient"], ...options.scope };
  const parts = entities.flatMap((entity) => {
    const all = rows[entity] ?? [];
    const count = Math.max(1, Math.ceil(all.length / chunkRows));
    return Array.from({ length: count }, (_, index) => ({
      entity,
      rows: all.slice(index * chunkRows, (index + 1) * chunkRows),
    }));
  });
  if (parts.length === 0) parts.push({ entity: "patient", rows: [] });
  let digest = "";
  const counts = Object.fromEntries(entities.map((entity) => [entity, rows[entity]?.length ?? 0]));
  const bodies = [];
  for (const [sequence, part] of parts.entries()) {
    digest = await nextDigest(digest, part.rows);
    const end = sequence === parts.length - 1 ? { end: { counts, digest } } : {};
    bodies.push({ runId, source, snapshotAt: new Date(snapshotAt).toISOString(), scope, sequence, ...part, ...end });
  }
  return bodies;
}

/** Invented people, visits and sales, by number. */
export function person(number: number, changes: object = {}) {
  return {
    sourceId: `p${number}`,
    kind: "patient",
    givenName: `Test${number}`,
    familyName: "Sample",
    birthDate: `${1940 + (number % 60)}-03-09`,
    mobilePhone: `(202) 555-01${String(number % 100).padStart(2, "0")}`,
    ...changes,
  };
}

export function booking(number: number, startsAt: string, changes: object = {}) {
  return {
    sourceId: `a${number}`,
    patientSourceId: `p${number}`,
    officeSourceId: "1",
    name: "Hearing test",
    status: "Confirmed",
    startsAt,
    provider: "Dr Sample",
    ...changes,
  };
}

export function sale(number: number, changes: object = {}) {
  return {
    sourceId: `s${number}`,
    patientSourceId: `p${number}`,
    quantity: 1,
    amount: "129.95",
    currency: "USD",
    purchasedAt: "2026-10-05T10:30",
    status: "sold",
    ...changes,
  };
}

/** `YYYY-MM-DDTHH:MM` so many days from now. */
export function inDays(days: number, time = "10:00"): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T${time}`;
}
