import { desc, eq, sql } from "drizzle-orm";
import { contactPoints, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import { whoIs } from "../../sources/blind-row.ts";

export type Sought = { name: string; birthDate: string } | { phone: string };
export type Found = { id: string; sealed: string };

/** A shared number may be a whole family's; nobody's is longer. */
const MOST = 20;

/**
 * Patients by full name and birth date, or by number. Both are one step into a blind index: nothing is opened or
 * scanned to find somebody. "Testerly, River" is tried as "River Testerly".
 */
export async function findPatients(ctx: Context, sought: Sought): Promise<Found[]> {
  const columns = { id: patients.id, sealed: patients.sealed };
  if ("phone" in sought) {
    const addressKey = await ctx.keys.blindIndex("address", sought.phone);
    return ctx.db
      .selectDistinct(columns)
      .from(contactPoints)
      .innerJoin(patients, eq(patients.id, contactPoints.patientId))
      .where(eq(contactPoints.addressKey, addressKey))
      .orderBy(desc(patients.updatedAt))
      .limit(MOST);
  }
  const [last, first] = sought.name.split(",").map((part) => part.trim());
  const name = first ? `${first} ${last}` : sought.name;
  const key = await ctx.keys.blindIndex("identity", whoIs(name, sought.birthDate));
  return ctx.db.select(columns).from(patients).where(sql`${patients.identityKey} = ${key}`);
}
