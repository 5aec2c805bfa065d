import { sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { newId } from "../../../db/ids.ts";
import { externalRefs } from "../../../db/schema/imports.ts";
import { contactPoints, patients } from "../../../db/schema/people.ts";
import type { Context } from "../../context.ts";
import type { PatientRow } from "../../contract/imports.ts";
import { erasedAmong, ownIdentity } from "../../erased.ts";
import { inTurn } from "../../in-turn.ts";
import { zonesOfPhone } from "../../zones.ts";
import { type Person, whoIs } from "../blind-row.ts";
import { openOrNull } from "../open-or-null.ts";
import { emailOf, languageOf, phoneOf } from "./contact-words.ts";
import type { OfficeBook } from "./office-book.ts";
import { type Before, changesOf, type Shown, type System } from "./patient-changes.ts";
import type { Parsed, Prepared } from "./stage-rows.ts";

/**
 * What the store keeps of each patient: sealed under the id that the patient has or will have, with blind indexes. A
 * person of the same name and birth date whom another source brought is the same person; two keys of one source are
 * never merged.
 */
export async function preparePatients(
  ctx: Context,
  source: string,
  rows: Parsed<PatientRow>[],
  book: OfficeBook,
): Promise<Prepared[]> {
  const keyed = await inTurn(rows, async (row) => ({ row, ...(await identify(ctx, source, row.value)) }));
  const known = await readKnown(ctx, source, keyed);
  const claimed = new Set<string>();
  return inTurn(keyed, async ({ row, identityKey, ownKey }) => {
    const { value } = row;
    // One more of that name and birth date, whom the store knows, is somebody else.
    const isErased = known.erased.has(ownKey) || (row.knownId === null && known.erased.has(identityKey));
    if (isErased) return { code: "erased" };
    const officeId = value.officeSourceId === undefined ? null : book.officeOf(value.officeSourceId);
    if (value.officeSourceId !== undefined && !officeId) return { code: "office_unknown", field: "officeSourceId" };
    const found = known.byIdentity.get(identityKey);
    const free = found !== undefined && !claimed.has(found) ? found : undefined;
    const id = row.knownId ?? free ?? newId("patient", ctx.now());
    claimed.add(id);
    const { person, shown } = { person: personOf(value), shown: shownBy(value) };
    const before = row.knownId === null ? null : (known.people.get(row.knownId) ?? null);
    const contacts = await inTurn(shown, (each) => sealContact(ctx, each));
    return {
      isKnown: id === free,
      row: {
        id,
        identityKey,
        ownKey,
        officeId,
        kind: value.kind ?? null,
        language: value.language === undefined ? null : languageOf(value.language),
        isDeceased: flag(value.isDeceased),
        doNotContact: flag(value.doNotContact),
        removed: value.isRemoved ? 1 : 0,
        sealed: await ctx.keys.seal({ table: "patients", row: id }, JSON.stringify(person)),
        contacts,
        address: value.address ? await sealAddress(ctx, id, value.address) : null,
        consent: consentOf(ctx, value, contacts, book),
        changes: before ? changesOf(before, person, shown) : [],
      },
    };
  });
}

async function identify(ctx: Context, source: string, value: PatientRow) {
  const ownKey = await ctx.keys.blindIndex("identity", ownIdentity(source, value.sourceId));
  const { name, birthDate } = personOf(value);
  const isKnown = name !== "" && birthDate !== null;
  const identityKey = isKnown ? await ctx.keys.blindIndex("identity", whoIs(name, birthDate)) : ownKey;
  return { identityKey, ownKey };
}

function personOf({ givenName = "", familyName = "", preferredName, birthDate }: PatientRow): Person {
  return {
    name: `${givenName} ${familyName}`.trim(),
    nickname: preferredName || null,
    birthDate: birthDate ?? null,
    givenName,
    familyName,
  };
}

function shownBy({ mobilePhone, homePhone, email }: PatientRow): Shown[] {
  const mobile = mobilePhone ? usable("sms", phoneOf(mobilePhone), mobilePhone) : [];
  const home = homePhone ? usable("phone", phoneOf(homePhone), homePhone) : [];
  const mail = email ? usable("mail", emailOf(email), email) : [];
  return [...mobile, ...home, ...mail];
}

function usable(system: System, value: string | null, written: string): Shown[] {
  return [{ system, value: value ?? written, isUsable: value !== null }];
}

function flag(said: boolean | undefined): 0 | 1 | null {
  return said === undefined ? null : said ? 1 : 0;
}

async function sealContact(ctx: Context, { system, value, isUsable }: Shown) {
  const id = newId("contactPoint", ctx.now());
  return {
    id,
    system,
    addressKey: await ctx.keys.blindIndex("address", value),
    sealed: await ctx.keys.seal({ table: "contact_points", row: id }, value),
    state: isUsable ? "ok" : "invalid",
    timeZone: zonesOfPhone(value),
  };
}

async function sealAddress(ctx: Context, patientId: string, address: NonNullable<PatientRow["address"]>) {
  const { line1, line2 = "", city, state, zip } = address;
  const text = JSON.stringify({ line1, line2, city, state, zip });
  return {
    sealed: await ctx.keys.seal({ table: "addresses", row: patientId }, text),
    inputKey: await ctx.keys.blindIndex("content", text),
  };
}

/** A yes to texts is one to the messages of care; advertising needs a yes of its own, which no source's flag is. */
function consentOf(
  ctx: Context,
  { smsConsent }: PatientRow,
  contacts: Awaited<ReturnType<typeof sealContact>>[],
  book: OfficeBook,
) {
  const mobile = contacts.find(({ system, state }) => system === "sms" && state === "ok");
  const at = smsConsent && book.time(smsConsent.at, null)?.at;
  if (!smsConsent || !mobile || at === undefined) return null;
  const { source, wording } = smsConsent;
  return { id: newId("consent", ctx.now()), addressKey: mobile.addressKey, at, wording, source: `import: ${source}` };
}

type Keyed = { row: Parsed<PatientRow>; identityKey: string; ownKey: string };

/** Who of them the store has: those without a key of this source by identity, those with one as they stand. */
async function readKnown(ctx: Context, source: string, keyed: Keyed[]) {
  const fresh = keyed.filter(({ row }) => row.knownId === null).map(({ identityKey }) => identityKey);
  const ids = keyed.flatMap(({ row }) => row.knownId ?? []);
  const [matches, sealed, contacts, erased] = await ctx.db.batch([
    ctx.db
      .select({ id: patients.id, identityKey: patients.identityKey })
      .from(patients)
      .where(sql`identity_key ${inList(fresh)} AND NOT EXISTS (SELECT 1 FROM ${externalRefs} INDEXED BY external_refs_entity
        WHERE entity_id = patients.id AND system = ${source} AND entity = 'patient')`),
    ctx.db
      .select({ id: patients.id, sealed: patients.sealed })
      .from(patients)
      .where(sql`id ${inList(ids)}`),
    ctx.db
      .select()
      .from(contactPoints)
      .where(sql`patient_id ${inList(ids)} AND is_current = 1`),
    ctx.db.all<{ key: string }>(erasedAmong(keyed.flatMap(({ identityKey, ownKey }) => [identityKey, ownKey]))),
  ]);
  // What does not open is about to be replaced: it keeps nobody from being imported.
  const people = new Map<string, Before>();
  for (const { id, sealed: text } of sealed) {
    const opened = await openOrNull(ctx, { table: "patients", row: id }, text);
    if (opened !== null) people.set(id, { person: JSON.parse(opened) as Person, shown: new Map() });
  }
  for (const { id, patientId, system, sealed: text } of contacts) {
    const value = await openOrNull(ctx, { table: "contact_points", row: id }, text);
    if (value !== null) people.get(patientId)?.shown.set(system, value);
  }
  const byIdentity = new Map(matches.map(({ id, identityKey }) => [identityKey, id]));
  return { byIdentity, people, erased: new Set(erased.map(({ key }) => key)) };
}
