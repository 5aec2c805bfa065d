import type { Context } from "../../context.ts";
import type { PersonErased } from "../../contract/person.ts";
import { HearbackError } from "../../errors.ts";
import { masked } from "../../sources/imports/contact-words.ts";
import { openPeople } from "../people.ts";
import { readRecord } from "./read-record.ts";

/** How much is held on one person, and by whom to recognise them; changes nothing but that the look is in the audit. */
export async function weighPerson(ctx: Context, patientId: string): Promise<PersonErased & { kind: "would" }> {
  const record = await readRecord(ctx, patientId);
  if (!record.patient) throw new HearbackError("NOT_FOUND", "There is no such patient here.");
  const read = { action: "patient.read", entityId: patientId } as const;
  const { people } = await openPeople(ctx, read, { patients: [record.patient] });
  const { name = null, birthDate = null } = people.get(patientId) ?? {};
  const { contacts, refs, seen, bought, messages, tries, reports, asked, answers, texts, called, requests } = record;
  const held = {
    contactPoints: contacts.length,
    sourceIds: refs.length,
    visits: seen.length,
    purchases: bought.length,
    messages: messages.length,
    handOvers: tries.length,
    reports: reports.length,
    invites: asked.length,
    answers: answers.length,
    texts: texts.length,
    calls: called.length,
    visitRequests: requests.length,
    mailings: record.mailed.length,
    changes: record.changes.length,
  };
  const bornIn = birthDate?.slice(0, 4) ?? null;
  return { kind: "would", patientId, name: masked("name", name), bornIn, held, sharedNumbers: record.shared.size };
}
