import { type SQL, sql } from "drizzle-orm";
import { cell, inList, insertRows } from "../../db/bulk.ts";
import { newId } from "../../db/ids.ts";
import { erasedKeys } from "../../db/schema/erased.ts";
import { appointments, changeLog, contactPoints, patients } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import type { SnapshotChunk } from "../contract/appointments.ts";
import { inTurn } from "../in-turn.ts";
import { zonesOfPhone } from "../zones.ts";
import type { KeyedRow, Person } from "./blind-row.ts";

export type KnownAppointment = {
  id: string;
  dedupeKey: string;
  contentKey: string;
  status: string;
  serviceType: string;
  removedAt: number | null;
};

export const OFFICE_ID = "off_main";

/**
 * The statements that bring patients, their numbers and their visits up to what the rows say. Unchanged rows cost one
 * statement for all of them together. Every insert has its natural key, so a race or a replay ends in the same rows.
 */
export async function storeRows(
  ctx: Context,
  chunk: SnapshotChunk,
  rows: KeyedRow[],
  known: Map<string, KnownAppointment>,
): Promise<SQL[]> {
  const statements: SQL[] = [];
  const changed = rows.filter((row) => isChanged(row, known.get(row.dedupeKey)));
  if (changed.length > 0) {
    statements.push(...(await storePeople(ctx, changed)), storeAppointments(ctx, chunk, changed));
    statements.push(...storeChanges(ctx, chunk, changed, known));
  }
  const unchanged = rows.filter((row) => !isChanged(row, known.get(row.dedupeKey)));
  if (unchanged.length > 0) {
    statements.push(sql`UPDATE ${appointments} SET last_run_id = ${chunk.runId}, last_seen_at = ${ctx.now()}
      WHERE dedupe_key ${inList(unchanged.map((row) => row.dedupeKey))}`);
  }
  return statements;
}

/** Whether the store must learn something from the row. */
function isChanged(row: KeyedRow, before: KnownAppointment | undefined): boolean {
  return !before || before.contentKey !== row.contentKey || before.removedAt !== null;
}

async function storePeople(ctx: Context, rows: KeyedRow[]): Promise<SQL[]> {
  const now = ctx.now();
  const stamps = { createdAt: sql`${now}`, updatedAt: sql`${now}` };
  const sealed = await inTurn(rows, (row) => sealRow(ctx, row));
  const statements = [
    insertRows(
      patients,
      sealed.map(({ patient }) => patient),
      { kind: sql`'patient'`, ...stamps },
      // Erased while this chunk was read: then its visits find nobody, the batch fails, and the next try knows.
      sql`AND NOT EXISTS (SELECT 1 FROM ${erasedKeys} WHERE key = ${cell("identityKey")}) ON CONFLICT (identity_key) DO NOTHING`,
    ),
    retireNumbers(ctx, sealed),
  ];
  const reachable = sealed.flatMap(({ contact }) => contact ?? []);
  if (reachable.length > 0) {
    const patientId = sql`(SELECT id FROM ${patients} WHERE identity_key = ${cell("identityKey")})`;
    const end = sql`ON CONFLICT (patient_id, system, address_key) DO UPDATE SET is_current = 1,
      time_zone = excluded.time_zone, updated_at = excluded.updated_at`;
    statements.push(insertRows(contactPoints, reachable, { patientId, system: sql`'sms'`, ...stamps }, end));
  }
  return statements;
}

type SealedRow = Awaited<ReturnType<typeof sealRow>>;

/** A number that the page no longer shows for this person is kept, but no longer used. */
function retireNumbers(ctx: Context, rows: SealedRow[]): SQL {
  const shown = JSON.stringify(rows.map(({ patient, contact }) => [patient.identityKey, contact?.addressKey ?? null]));
  return sql`UPDATE ${contactPoints} SET is_current = 0, updated_at = ${ctx.now()}
    FROM (SELECT patients.id AS patient, json_extract(value, '$[1]') AS address
      FROM json_each(${shown}) JOIN ${patients} ON patients.identity_key = json_extract(value, '$[0]')) AS shown
    WHERE contact_points.patient_id = shown.patient AND system = 'sms' AND is_current = 1
      AND contact_points.address_key IS NOT shown.address`;
}

async function sealRow(ctx: Context, row: KeyedRow) {
  const patientId = newId("patient", ctx.now());
  const contactId = newId("contactPoint", ctx.now());
  const person: Person = { name: row.patientName, nickname: row.nickname ?? null, birthDate: row.birthDate };
  const sealedPerson = await ctx.keys.seal({ table: "patients", row: patientId }, JSON.stringify(person));
  const { identityKey, phone } = row;
  const patient = { id: patientId, identityKey, sealed: sealedPerson };
  if (!phone) return { patient, contact: null };
  const addressKey = await ctx.keys.blindIndex("address", phone);
  const sealed = await ctx.keys.seal({ table: "contact_points", row: contactId }, phone);
  return { patient, contact: { id: contactId, identityKey, addressKey, sealed, timeZone: zonesOfPhone(phone) } };
}

function storeAppointments(ctx: Context, chunk: SnapshotChunk, rows: KeyedRow[]): SQL {
  const now = sql`${ctx.now()}`;
  const cells = rows.map((row) => ({
    id: newId("appointment", ctx.now()),
    dedupeKey: row.dedupeKey,
    identityKey: row.identityKey,
    localStartsAt: row.startsAt,
    startsAt: row.startsAtMs,
    provider: row.provider,
    serviceType: row.type,
    status: row.fhirStatus,
    sourceStatus: row.status,
    phoneProblem: row.phone ? null : (row.phoneProblem ?? "none"),
    contentKey: row.contentKey,
  }));
  const columns = {
    patientId: sql`(SELECT id FROM ${patients} WHERE identity_key = ${cell("identityKey")})`,
    officeId: sql`${OFFICE_ID}`,
    source: sql`${chunk.source}`,
    localOn: sql`${chunk.on}`,
    lastRunId: sql`${chunk.runId}`,
    lastSeenAt: now,
    createdAt: now,
    updatedAt: now,
  };
  // Send and answer state live elsewhere: what the source says can never overwrite them.
  const end = sql`ON CONFLICT (dedupe_key) DO UPDATE SET status = excluded.status, source_status = excluded.source_status,
      service_type = excluded.service_type, phone_problem = excluded.phone_problem, content_key = excluded.content_key,
      last_run_id = excluded.last_run_id, last_seen_at = excluded.last_seen_at, removed_at = NULL,
      removed_reason = NULL, needs_planning = 1, updated_at = excluded.updated_at`;
  return insertRows(appointments, cells, columns, end);
}

function storeChanges(
  ctx: Context,
  chunk: SnapshotChunk,
  rows: KeyedRow[],
  known: Map<string, KnownAppointment>,
): SQL[] {
  const changes = rows.flatMap((row) => {
    const before = known.get(row.dedupeKey);
    if (!before) return [];
    const fields: [string, string | null, string | null][] = [
      ["status", before.status, row.fhirStatus],
      ["serviceType", before.serviceType, row.type],
      ["removed", before.removedAt === null ? "no" : "yes", "no"],
    ];
    const told = fields.filter(([, was, is]) => was !== is);
    // Only the number or the name's writing changed: that it did is worth knowing, the values stay sealed.
    if (told.length === 0) told.push(["identity", null, null]);
    return told.map(([field, was, is]) => ({
      id: newId("change", ctx.now()),
      entityId: before.id,
      field,
      before: was,
      after: is,
    }));
  });
  if (changes.length === 0) return [];
  return [insertRows(changeLog, changes, { runId: sql`${chunk.runId}`, at: sql`${ctx.now()}` })];
}
