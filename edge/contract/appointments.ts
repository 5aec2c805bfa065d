/** What the container pushes to `POST /t/:tenant/api/v1/appointments`, and what the edge answers. */
import * as z from "zod";

/** A local calendar day, `YYYY-MM-DD`, that exists. */
export const LocalDay = z.iso.date();

/** Clinic-local wall time `YYYY-MM-DDTHH:MM`, without a zone: the office's zone is the edge's knowledge. */
const LocalMinute = z.string().regex(/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/, "expected YYYY-MM-DDTHH:MM");

/** One visit as the EHR shows it. `status`, `provider` and `type` are the source's own words; the tenant's settings map them. */
export const AppointmentRow = z.object({
  patientName: z.string().trim().min(1).max(200),
  nickname: z.string().trim().max(100).optional(),
  birthDate: LocalDay,
  /** E.164, or null when the page showed none that could be dialled; `phoneProblem` then says why. */
  phone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, "expected E.164, such as +12025550101")
    .nullable(),
  phoneProblem: z.enum(["none", "invalid"]).optional(),
  startsAt: LocalMinute,
  status: z.string().trim().min(1).max(60),
  provider: z.string().trim().min(1).max(120),
  type: z.string().trim().min(1).max(120),
});
export type AppointmentRow = z.infer<typeof AppointmentRow>;

/** The most rows that one push may hold. */
export const MAX_ROWS_PER_CHUNK = 200;

/** The most rows that one day's snapshot may hold. */
const MAX_ROWS_PER_SNAPSHOT = 100_000;

/**
 * One chunk of one day's snapshot. Chunks come in order from sequence 0; the one with `end` closes the snapshot.
 * Rows are parsed one by one, so that a bad row never stops the rows beside it. A day without visits is one chunk
 * with no rows and an `end`: it is the heartbeat that tells "nothing that day" apart from "nobody looked".
 */
export const SnapshotChunk = z.object({
  runId: z.uuid(),
  source: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
  on: LocalDay,
  sequence: z.int().min(0).max(10_000),
  rows: z.array(z.unknown()).max(MAX_ROWS_PER_CHUNK),
  end: z
    .object({
      /** Rows in all chunks together. */
      count: z.int().min(0).max(MAX_ROWS_PER_SNAPSHOT),
      /** `snapshotDigest` of all chunks' rows. */
      digest: z.string().regex(/^[0-9a-f]{64}$/),
      layout: z.string().max(40),
      /** Rows of the page that could not be read, by reason code; never patient text. */
      rowErrors: z.record(z.string().max(40), z.int().min(0)).default({}),
      duplicates: z.int().min(0).default(0),
    })
    .optional(),
});
export type SnapshotChunk = z.infer<typeof SnapshotChunk>;

/** What became of one row, by its place in the chunk. */
export const RowOutcome = z.object({
  row: z.int(),
  outcome: z.enum(["created", "updated", "unchanged", "rejected"]),
  /** For `rejected`: the field and what is wrong with it, such as `birthDate: expected YYYY-MM-DD`. */
  reason: z.string().optional(),
});
export type RowOutcome = z.infer<typeof RowOutcome>;

/** The edge's answer to a chunk. The same chunk pushed again gets the same answer and changes nothing. */
export const ChunkReply = z.object({
  outcomes: z.array(RowOutcome),
  /** `open` until the end chunk; then `applied`, or `held` for staff because far fewer rows came than usual. */
  snapshot: z.enum(["open", "applied", "held"]),
  removed: z.int(),
});
export type ChunkReply = z.infer<typeof ChunkReply>;

/** SHA-256 (hex) of the text, in UTF-8. */
async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The digest after one more chunk; start with `""`. Both sides hash the rows as `JSON.stringify` writes them. */
export async function nextDigest(previous: string, rows: unknown[]): Promise<string> {
  return sha256(previous + (await sha256(JSON.stringify(rows))));
}
