import { type SQL, sql } from "drizzle-orm";
import { auditEvents } from "../../../db/audit.ts";
import { inList } from "../../../db/bulk.ts";
import { attempts, optOuts } from "../../../db/schema/engagement.ts";
import { erasedKeys } from "../../../db/schema/erased.ts";
import { exportFiles, exportParts } from "../../../db/schema/exports.ts";
import { addresses, externalRefs, imports, purchases, stagedRows } from "../../../db/schema/imports.ts";
import { calls, consents, mediaBuyRecipients } from "../../../db/schema/nudges.ts";
import { alarms, inboundMessages } from "../../../db/schema/operations.ts";
import { appointments, changeLog, contactPoints, patients } from "../../../db/schema/people.ts";
import { deliveryEvents } from "../../../db/schema/reports.ts";
import { inviteLinks, invites, responses } from "../../../db/schema/surveys.ts";
import { visitLinks, visitRequests } from "../../../db/schema/visits.ts";
import { type Context, stamp } from "../../context.ts";
import { endMessages } from "./end-messages.ts";

type Erased = { patientId: string; erasureId: string; keys: string[]; sharedKeys: string[] };

/** Rows of imports are dropped a week after; some days more for one that is held. */
const STAGED_WITHIN_MS = 60 * 86_400_000;

/**
 * The statements, for one batch, that take every row of a person. What hangs on a number or address alone goes only
 * where nobody else has it; an opt-out of it stays, without the words.
 */
export function eraseRows(ctx: Context, { patientId, erasureId, keys, sharedKeys }: Erased): SQL[] {
  const mine = sql`patient_id = ${patientId}`;
  const theirs = (table: string) => sql`(SELECT id FROM ${sql.raw(table)} WHERE ${mine})`;
  const [messages, visits, asked] = [theirs("touches"), theirs("appointments"), theirs("invites")];
  const entities = sql`(SELECT ${patientId} UNION ALL SELECT id FROM ${appointments} WHERE ${mine}
    UNION ALL SELECT id FROM ${purchases} WHERE ${mine})`;
  const event = { action: "person.erased", entityId: patientId, details: { erasure: erasureId } };
  return [
    auditEvents(stamp(ctx), [event]),
    ...keys.map(
      (key) => sql`INSERT INTO ${erasedKeys} (key, erasure_id, at) VALUES (${key}, ${erasureId}, ${ctx.now()})
        ON CONFLICT (key) DO UPDATE SET erasure_id = excluded.erasure_id, at = excluded.at`,
    ),
    ...eraseStaged(ctx, patientId, keys),
    ...eraseWords(ctx, patientId, sharedKeys),
    sql`DELETE FROM ${exportParts} WHERE file_id IN (SELECT id FROM ${exportFiles} WHERE kind = 'mailing'
      AND subject_id IN (SELECT media_buy_id FROM ${mediaBuyRecipients} WHERE ${mine}))`,
    // Numbers and costs of a mailing stay what they were.
    sql`UPDATE ${mediaBuyRecipients} SET patient_id = 'pat_erased_' || lower(hex(randomblob(8))), reference = NULL,
      address_sealed = NULL, imb = NULL WHERE ${mine}`,
    sql`UPDATE ${alarms} SET acknowledged_at = ${ctx.now()}, acknowledged_by = ${stamp(ctx).actor}
      WHERE acknowledged_at IS NULL AND subject IN ${asked}`,
    sql`DELETE FROM ${responses} WHERE ${mine} AND patient_id IS NOT NULL`,
    sql`DELETE FROM ${inviteLinks} WHERE invite_id IN ${asked}`,
    sql`DELETE FROM ${invites} WHERE ${mine}`,
    sql`DELETE FROM ${visitLinks} WHERE touch_id IN ${messages}`,
    sql`DELETE FROM ${visitRequests} WHERE appointment_id IN ${visits}`,
    sql`DELETE FROM ${calls} WHERE appointment_id IN ${visits}`,
    sql`DELETE FROM ${attempts} WHERE touch_id IN ${messages}`,
    sql`DELETE FROM ${deliveryEvents} WHERE touch_id IN ${messages}`,
    ...endMessages(ctx, patientId),
    sql`DELETE FROM ${changeLog} WHERE entity_id IN ${entities}`,
    sql`DELETE FROM ${externalRefs} WHERE entity_id IN ${entities}`,
    sql`DELETE FROM ${purchases} WHERE ${mine}`,
    sql`DELETE FROM ${appointments} WHERE ${mine}`,
    sql`DELETE FROM ${addresses} WHERE ${mine}`,
    sql`DELETE FROM ${contactPoints} WHERE ${mine}`,
    sql`DELETE FROM ${patients} WHERE id = ${patientId}`,
  ];
}

/** What an import brought and has not applied: taken out as any row that cannot be taken, and said so. */
function eraseStaged(ctx: Context, patientId: string, keys: string[]): SQL[] {
  const live = sql`SELECT id FROM ${imports} WHERE started_at > ${ctx.now() - STAGED_WITHIN_MS}`;
  const isTheirs = sql`EXISTS (SELECT 1 FROM ${externalRefs} AS ref JOIN ${imports} AS import ON import.source = ref.system
    WHERE import.id = import_id AND ref.entity_id = ${patientId} AND ref.entity = 'patient' AND ref.value = row ->> '$.patient')`;
  const who = sql`(row ->> '$.identityKey' ${inList(keys)} OR row ->> '$.ownKey' ${inList(keys)} OR row ->> '$.id' = ${patientId})`;
  return [
    sql`UPDATE ${stagedRows} SET row = NULL, reject_reason = 'erased' WHERE import_id IN (${live}) AND row IS NOT NULL
      AND ((staged_rows.entity = 'patient' AND ${who}) OR (staged_rows.entity <> 'patient' AND ${isTheirs}))`,
  ];
}

/** Their texts lose the words, and what proved a yes or a no loses them too; the no itself stays. */
function eraseWords(ctx: Context, patientId: string, sharedKeys: string[]): SQL[] {
  // A no to letters may be the person's own, and then goes by the person.
  const alone = sql`(address_key = ${patientId} OR (NOT address_key ${inList(sharedKeys)}
    AND address_key IN (SELECT address_key FROM ${contactPoints} WHERE patient_id = ${patientId})))`;
  return [
    sql`UPDATE ${inboundMessages} SET sealed = '', status = 'processed', error = NULL WHERE address_key IS NOT NULL AND ${alone}`,
    sql`UPDATE ${optOuts} SET evidence = NULL WHERE ${alone}`,
    sql`UPDATE ${consents} SET evidence = NULL, ended_at = coalesce(ended_at, ${ctx.now()}), ended_by = coalesce(ended_by, 'erased')
      WHERE ${alone}`,
  ];
}
