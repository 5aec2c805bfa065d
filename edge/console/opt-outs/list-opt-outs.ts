import { and, desc, isNotNull, isNull, sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { optOuts } from "../../../db/schema/engagement.ts";
import { contactPoints, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { HearbackError } from "../../errors.ts";

export type OptOut = typeof optOuts.$inferSelect;
/** Whose number it is, still sealed; of letters, who refused them. */
export type Owner = {
  addressKey: string;
  number: { id: string; sealed: string } | null;
  patientId: string;
  sealed: string;
};

const PAGE = 50;
const CURSOR = /^(\d{13})\.(opt_[0-9a-f]{32})$/;

/** One page of opt-outs, newest first, with the people who have these numbers. `before` is the last page's `next`. */
export async function listOptOuts(
  ctx: Context,
  { ended, before }: { ended: boolean; before: string | undefined },
): Promise<{ rows: OptOut[]; owners: Owner[]; next: string | null }> {
  const rows = await ctx.db
    .select()
    .from(optOuts)
    .where(and(ended ? isNotNull(optOuts.endedAt) : isNull(optOuts.endedAt), before ? olderThan(before) : undefined))
    .orderBy(desc(optOuts.at), desc(optOuts.id))
    .limit(PAGE + 1);
  const shown = rows.slice(0, PAGE);
  const last = rows.length > PAGE ? shown.at(-1) : undefined;
  return { rows: shown, owners: await readOwners(ctx, shown), next: last ? `${last.at}.${last.id}` : null };
}

/** Throws BAD_REQUEST for a cursor that is none of ours. */
function olderThan(cursor: string) {
  const [, at, id] = CURSOR.exec(cursor) ?? [];
  if (!at || !id) throw new HearbackError("BAD_REQUEST", "There is no such page of the list.");
  return sql`(${optOuts.at}, ${optOuts.id}) < (${Number(at)}, ${id})`;
}

/** The people who have the numbers of these opt-outs, or refused letters by them. */
export async function readOwners(ctx: Context, rows: { addressKey: string }[]): Promise<Owner[]> {
  if (rows.length === 0) return [];
  const keys = inList(rows.map((row) => row.addressKey));
  const [byNumber, byThemselves] = await ctx.db.batch([
    ctx.db
      .select({
        addressKey: contactPoints.addressKey,
        number: { id: contactPoints.id, sealed: contactPoints.sealed },
        patientId: patients.id,
        sealed: patients.sealed,
      })
      .from(contactPoints)
      .innerJoin(patients, sql`${patients.id} = ${contactPoints.patientId}`)
      .where(sql`${contactPoints.addressKey} ${keys}`),
    ctx.db
      .select({ patientId: patients.id, sealed: patients.sealed })
      .from(patients)
      .where(sql`${patients.id} ${keys}`),
  ]);
  return [...byNumber, ...byThemselves.map((row) => ({ ...row, addressKey: row.patientId, number: null }))];
}
