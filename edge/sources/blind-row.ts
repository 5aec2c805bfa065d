import type { Context } from "../context.ts";
import type { GoodRow } from "./read-rows.ts";

/** A row with the keys by which the store knows it, none of which says who it is. */
export type KeyedRow = GoodRow & {
  identityKey: string;
  dedupeKey: string;
  contentKey: string;
};

/** What `patients.sealed` holds. A schedule shows one whole name and always a birth date; an import may say more or less. */
export type Person = {
  name: string;
  nickname: string | null;
  birthDate: string | null;
  givenName?: string;
  familyName?: string;
};

/**
 * The row's blind indexes. Who: normalised full name and birth date. Which visit: these, the minute and the provider,
 * not the phone, so that a corrected number stays the same visit. What was said: everything, to tell a change.
 */
export async function keyRow({ keys }: Context, row: GoodRow): Promise<KeyedRow> {
  const who = whoIs(row.patientName, row.birthDate);
  const visit = JSON.stringify([who, row.startsAt, row.provider.toLowerCase()]);
  const said = JSON.stringify([row.phone, row.phoneProblem, row.nickname, row.status, row.type, row.patientName]);
  const identityKey = await keys.blindIndex("identity", who);
  const dedupeKey = await keys.blindIndex("appointment", visit);
  const contentKey = await keys.blindIndex("content", said);
  return { ...row, identityKey, dedupeKey, contentKey };
}

/** The text whose blind index (label `identity`) is `patients.identity_key`. */
export function whoIs(name: string, birthDate: string): string {
  return JSON.stringify([birthDate, normalName(name)]);
}

/** Case, accents' encoding and spacing do not make another person. */
function normalName(name: string): string {
  return name.normalize("NFKC").toUpperCase().replace(/\s+/g, " ").trim();
}
