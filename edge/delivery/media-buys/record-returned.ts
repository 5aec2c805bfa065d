import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { inList } from "../../../db/bulk.ts";
import { newId } from "../../../db/ids.ts";
import { optOuts, touches } from "../../../db/schema/engagement.ts";
import { addresses } from "../../../db/schema/imports.ts";
import { mediaBuyRecipients, mediaBuys } from "../../../db/schema/nudges.ts";
import { audit } from "../../../db/schema/operations.ts";
import { type Context, stamp } from "../../context.ts";
import { endTouches } from "../../engagement/end-touches.ts";
import { HearbackError } from "../../errors.ts";

export const Returned = z.strictObject({
  /** What the pieces bear. */
  references: z
    .array(
      z
        .string()
        .trim()
        .toUpperCase()
        .regex(/^[0-9A-HJKMNP-TV-Z]{12}$/, "expected the 12 letters and digits that the piece bears"),
    )
    .min(1)
    .max(5_000),
  /** `refused`: the receiver sent it back; letters to them end. Otherwise the post could not deliver it. */
  why: z.enum(["undeliverable", "refused"]).default("undeliverable"),
});
export type Returned = z.infer<typeof Returned>;

/**
 * Pieces came back. Their addresses are marked: nothing is posted there until the source shows another one; who refused
 * gets no letters any more, and what is planned for them ends. Pieces that came back before change nothing. Returns how many
 * are new; throws BAD_REQUEST naming every reference that is none of this clinic's, and then nothing is written.
 */
export async function recordReturned(ctx: Context, { references, why }: Returned): Promise<{ returned: number }> {
  const wanted = [...new Set(references)];
  const known = await ctx.db.all<{ reference: string; patientId: string; status: string }>(sql`SELECT reference,
      patient_id AS patientId, media_buys.status FROM ${mediaBuyRecipients} JOIN ${mediaBuys} ON media_buys.id = media_buy_id
    WHERE reference ${inList(wanted)} AND media_buys.status IN ('in_production', 'mailed', 'completed', 'invoiced')`);
  const ours = new Set(known.map(({ reference }) => reference));
  const problems = references.flatMap((reference, index) =>
    ours.has(reference) ? [] : [{ field: `references.${index}`, problem: `there is no mailed piece ${reference}` }],
  );
  if (problems.length > 0) throw new HearbackError("BAD_REQUEST", "Not every piece is known here.", { problems });
  const statements = returnStatements(ctx, known, why);
  const results: { rowsAffected: number }[] = await ctx.db.batch([
    ctx.db.run(statements.mark),
    ...statements.rest.map((statement) => ctx.db.run(statement)),
    ctx.db.run(statements.count),
  ]);
  return { returned: results.at(-1)?.rowsAffected ?? 0 };
}

function returnStatements(ctx: Context, known: { reference: string; patientId: string }[], why: Returned["why"]) {
  const { at, actor, requestId } = stamp(ctx);
  const fresh = sql`reference ${inList(known.map(({ reference }) => reference))} AND media_buy_recipients.status <> 'returned'`;
  const people = sql`SELECT patient_id FROM ${mediaBuyRecipients} WHERE ${fresh}`;
  const pieces = sql`id IN (SELECT touch_id FROM ${mediaBuyRecipients} WHERE ${fresh})`;
  const ids = JSON.stringify(known.map(({ patientId }) => ({ patientId, id: newId("optOut", at) })));
  const optOut = sql`INSERT INTO ${optOuts} (id, address_key, channel, purpose, source, at)
    SELECT json_extract(value, '$.id'), json_extract(value, '$.patientId'), 'print', 'all', 'carrier', ${at}
    FROM json_each(${ids}) WHERE json_extract(value, '$.patientId') IN (${people})
    ON CONFLICT (address_key, channel, purpose) WHERE ended_at IS NULL DO NOTHING`;
  // Of an address that cannot be reached, the gate will say so: by then there may be another one.
  const waiting = sql`channel = 'print' AND status IN ('planned', 'claimed') AND patient_id IN (${people})`;
  const noted = (
    action: string,
    entity: SQL,
  ): SQL => sql`INSERT INTO ${audit} (at, actor, action, entity_id, details, request_id)
    SELECT ${at}, ${actor}, ${action}, ${entity}, ${JSON.stringify({ why })}, ${requestId} FROM ${mediaBuyRecipients} WHERE ${fresh}`;
  return {
    // Of the address that the piece went to: one that changed since is not marked.
    mark: sql`UPDATE ${addresses} SET returned_input_key = input_key, updated_at = ${at} WHERE patient_id IN (${people})
      AND input_key IN (SELECT address_key FROM ${touches} JOIN ${mediaBuyRecipients} ON touch_id = touches.id
        WHERE ${fresh} AND media_buy_recipients.patient_id = addresses.patient_id)`,
    rest: [
      noted("media_buy.returned", sql`media_buy_id`),
      ...(why === "refused"
        ? [optOut, noted("opt_out.recorded", sql`patient_id`), ...endTouches(ctx, waiting, "skipped", "opted_out")]
        : []),
      // Who refused it said no: then nothing else is said in its place.
      sql`UPDATE ${touches} SET status = 'undelivered', reason = 'letter_returned', updated_at = ${at},
        stand_in_at = ${why === "refused" ? at : null} WHERE ${pieces}`,
    ],
    count: sql`UPDATE ${mediaBuyRecipients} SET status = 'returned' WHERE ${fresh}`,
  };
}
