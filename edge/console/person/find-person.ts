import { sql } from "drizzle-orm";
import { contactPoints, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import type { Match, PersonQuery } from "../../contract/person.ts";
import { HearbackError } from "../../errors.ts";
import { emailOf, masked } from "../../sources/imports/contact-words.ts";
import { openPeople } from "../people.ts";
import { readPhone } from "../phone.ts";

export type FoundPerson = { kind: "one"; patientId: string } | { kind: "several"; matches: Match[] };

/** More than so many share no number; the list only has to tell them apart. */
const MOST = 50;

/**
 * The one person that is meant, or everybody who may be, listed without their names: a number can be a whole family's.
 * Throws BAD_REQUEST unless just one of the three is given and readable, NOT_FOUND where nobody fits.
 */
export async function findPerson(ctx: Context, { patient, phone, mail }: PersonQuery): Promise<FoundPerson> {
  if ([patient, phone, mail].filter((each) => each !== undefined).length !== 1) {
    throw new HearbackError("BAD_REQUEST", "Give one of patient, phone and mail.");
  }
  if (patient) {
    const [known] = await ctx.db.all(sql`SELECT 1 FROM ${patients} WHERE id = ${patient}`);
    if (!known) throw new HearbackError("NOT_FOUND", "There is no such patient here.");
    return { kind: "one", patientId: patient };
  }
  const address = phone === undefined ? emailOf(mail ?? "") : readPhone(phone);
  if (!address) throw new HearbackError("BAD_REQUEST", "That is no number, such as +12025550101, and no mail address.");
  const addressKey = await ctx.keys.blindIndex("address", address);
  const rows = await ctx.db.all<{
    id: string;
    sealed: string;
    visits: number;
    lastVisitOn: string | null;
  }>(sql`SELECT id, sealed,
      (SELECT count(*) FROM appointments WHERE patient_id = patients.id) AS visits,
      (SELECT max(local_on) FROM appointments WHERE patient_id = patients.id) AS lastVisitOn
    FROM ${patients} WHERE id IN (SELECT patient_id FROM ${contactPoints} WHERE address_key = ${addressKey}) LIMIT ${MOST}`);
  const [only, ...others] = rows;
  if (!only) throw new HearbackError("NOT_FOUND", "Nobody here has this number or address.");
  if (others.length === 0) return { kind: "one", patientId: only.id };
  const { people } = await openPeople(ctx, { action: "search.read", entityId: "patients" }, { patients: rows });
  const matches = rows.map(({ id, visits, lastVisitOn }) => {
    const { name = null, birthDate = null } = people.get(id) ?? {};
    return { patientId: id, name: masked("name", name), bornIn: birthDate?.slice(0, 4) ?? null, visits, lastVisitOn };
  });
  return { kind: "several", matches };
}
