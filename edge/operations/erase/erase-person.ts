import { eq, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { newId } from "../../../db/ids.ts";
import { touches } from "../../../db/schema/engagement.ts";
import { deliveries, exportFiles } from "../../../db/schema/exports.ts";
import { externalRefs } from "../../../db/schema/imports.ts";
import { mediaBuyRecipients } from "../../../db/schema/nudges.ts";
import { contactPoints, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { ownIdentity } from "../../erased.ts";
import { HearbackError } from "../../errors.ts";
import { drainSpool, spoolDepth } from "../../responses/survey/hold-answers.ts";
import { endMessages } from "./end-messages.ts";
import { eraseRows } from "./erase-rows.ts";
import { sweepRaw, type Traces } from "./sweep-raw.ts";

/** `next`: raw messages are still being looked through; go on from there. */
export type Erasure =
  | { isDone: true; erasureId: string; sharedNumbers: number; answersWaiting: number }
  | { isDone: false; next: string };

/** Raw messages that came just before the rows went are looked through again. */
const AROUND_MS = 5 * 60_000;

/**
 * Erases one person (GDPR 17): what names them in raw messages first, page by page (`after` is where the last call
 * stopped, null to begin), then every row of theirs in one batch, with keyed hashes of who they were, so that no source
 * brings them back. What keeps a STOP stays. Safe to repeat, and to break off anywhere. Throws NOT_FOUND, and CONFLICT
 * while a message to them is being handed over or a list with their address is on its way.
 */
export async function erasePerson(ctx: Context, patientId: string, after: string | null): Promise<Erasure> {
  const { traces, keys, sharedKeys, numbers } = await readTraces(ctx, patientId);
  await refuseUnderWay(ctx, patientId);
  // Answers that wait are stored first: then they are erased with the others.
  await drainSpool(ctx.env);
  const startedAt = ctx.now();
  const { next } = await sweepRaw(ctx, patientId, traces, after);
  if (next !== null) return { isDone: false, next };
  const erasureId = newId("erasure", ctx.now());
  const [first, ...rest] = eraseRows(ctx, { patientId, erasureId, keys, sharedKeys }).map((each) => ctx.db.run(each));
  if (first) await ctx.db.batch([first, ...rest]);
  await sweepRaw(ctx, patientId, traces, `${startedAt - AROUND_MS}.`);
  // A planner that had read the person just before may have written one more.
  const [late, ...later] = endMessages(ctx, patientId).map((each) => ctx.db.run(each));
  if (late) await ctx.db.batch([late, ...later]);
  const sharedNumbers = numbers.filter((key) => sharedKeys.includes(key)).length;
  return { isDone: true, erasureId, sharedNumbers, answersWaiting: await spoolDepth(ctx.env) };
}

/** What names the person: opened words to look for, and the keyed hashes by which a source's row is known as theirs. */
async function readTraces(ctx: Context, patientId: string) {
  const [[patient], contacts, refs, shared] = await ctx.db.batch([
    ctx.db.select().from(patients).where(eq(patients.id, patientId)),
    ctx.db.select().from(contactPoints).where(eq(contactPoints.patientId, patientId)),
    ctx.db.select().from(externalRefs).where(sql`entity_id = ${patientId} AND entity = 'patient'`),
    ctx.db.all<{ key: string }>(sql`SELECT DISTINCT address_key AS "key" FROM ${contactPoints}
      WHERE patient_id <> ${patientId}
        AND address_key IN (SELECT address_key FROM ${contactPoints} WHERE patient_id = ${patientId})`),
  ]);
  if (!patient) throw new HearbackError("NOT_FOUND", "There is no such patient here.");
  const person = JSON.parse(await ctx.keys.open({ table: "patients", row: patientId }, patient.sealed)) as {
    name: string;
  };
  const addresses = await Promise.all(
    contacts.map(({ id, sealed }) => ctx.keys.open({ table: "contact_points", row: id }, sealed)),
  );
  const own = refs.map(({ system, value }) => ctx.keys.blindIndex("identity", ownIdentity(system, value)));
  const traces: Traces = { name: person.name, addresses };
  return {
    traces,
    keys: [...new Set([patient.identityKey, ...(await Promise.all(own))])],
    sharedKeys: shared.map(({ key }) => key),
    numbers: contacts.map(({ addressKey }) => addressKey),
  };
}

async function refuseUnderWay(ctx: Context, patientId: string): Promise<void> {
  const files = sql`SELECT id FROM ${exportFiles} WHERE kind = 'mailing' AND subject_id IN
    (SELECT media_buy_id FROM ${mediaBuyRecipients} WHERE patient_id = ${patientId})`;
  const [row] = await ctx.db.all<{ sending: number; file: number }>(sql`SELECT
    EXISTS (SELECT 1 FROM ${touches} WHERE patient_id = ${patientId} AND status = 'sending') AS sending,
    EXISTS (SELECT 1 FROM ${deliveries} WHERE file_id IN (${files}) AND status ${inList(["waiting", "renaming", "in_doubt"])}) AS file`);
  if (row?.sending) {
    throw new HearbackError("CONFLICT", "A message to this person is being handed over. Try again in some minutes.");
  }
  if (row?.file) {
    throw new HearbackError("CONFLICT", "A mailing list with this person is on its way. Erase when it has arrived.");
  }
}
