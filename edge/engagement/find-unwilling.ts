import { sql } from "drizzle-orm";
import { inList } from "../../db/bulk.ts";
import type { Category } from "../../db/schema/nudges.ts";
import { contactPoints } from "../../db/schema/people.ts";
import type { Context } from "../context.ts";
import { objection, type Will, willsOf } from "../delivery/wills.ts";

/**
 * Those of these patients whose own word is against such a message at their number or address, with the reason: by the
 * gate's own rule. Who has no number is not among them. Reads indexes.
 */
export async function findUnwilling(
  ctx: Context,
  patientIds: string[],
  { channel, category }: { channel: string; category: Category },
): Promise<Map<string, "opted_out" | "no_consent">> {
  if (patientIds.length === 0) return new Map();
  const own = sql`FROM ${contactPoints} AS point WHERE point.patient_id ${inList(patientIds)} AND point.system = ${channel}
    AND point.is_current = 1`;
  const [points, wills] = await ctx.db.batch([
    ctx.db.all<{ patientId: string; addressKey: string }>(
      sql`SELECT point.patient_id AS patientId, point.address_key AS addressKey ${own}`,
    ),
    ctx.db.all<Will>(willsOf(sql`(SELECT point.address_key ${own})`)),
  ]);
  const byAddress = Map.groupBy(wills, ({ addressKey }) => addressKey);
  return new Map(
    points.flatMap(({ patientId, addressKey }) => {
      const reason = objection(byAddress.get(addressKey) ?? [], { addressKey, channel, category, kind: "nudge" });
      return reason ? [[patientId, reason] as const] : [];
    }),
  );
}
