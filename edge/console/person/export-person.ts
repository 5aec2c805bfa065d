import { auditEvents } from "../../../db/audit.ts";
import { type Context, stamp } from "../../context.ts";
import type { Place } from "../../crypto.ts";
import { HearbackError } from "../../errors.ts";
import { openText } from "../../responses/texts/open-text.ts";
import type { TextSource } from "../../text-sources.ts";
import { asShown, iso, without } from "./as-shown.ts";
import { type PersonRecord, readRecord } from "./read-record.ts";
import { rebuildWords } from "./rebuild-words.ts";

/** What a reader should know of the document's limits. */
const NOTES = [
  "Answers to anonymous surveys cannot be found by person, and are in no export.",
  "The words of a message are composed anew; isExact says whether they are the very words that went out.",
  "Texts from a number that others here have as well may be theirs, and are left out; so are the words of its opt-outs.",
  "The texting and mailing providers keep logs of their own.",
];

/**
 * Everything that is held on one person, opened (GDPR 15 and 20). Recorded in the audit before anything is opened.
 * Throws NOT_FOUND.
 */
export async function exportPerson(ctx: Context, patientId: string): Promise<Record<string, unknown>> {
  await ctx.db.run(auditEvents(stamp(ctx), [{ action: "person.exported", entityId: patientId }]));
  const record = await readRecord(ctx, patientId);
  const { patient, address, refs } = record;
  if (!patient) throw new HearbackError("NOT_FOUND", "There is no such patient here.");
  const open = (table: string, row: string, sealed: string | null) => opened(ctx, { table, row }, sealed);
  const isOwn = ({ addressKey }: { addressKey: string }) => !record.shared.has(addressKey);
  const person = await open("patients", patientId, patient.sealed);
  return {
    tenant: ctx.tenant.slug,
    exportedAt: iso(ctx.now()),
    notes: NOTES,
    person: { ...parsed(person), ...asShown(without(patient, "sealed", "identityKey", "contentKey", "lastRunId")) },
    contactPoints: await each(record.contacts, async (row) => ({
      value: await open("contact_points", row.id, row.sealed),
      isShared: record.shared.has(row.addressKey),
      ...asShown(without(row, "sealed", "addressKey", "patientId")),
    })),
    address: address && {
      asGiven: parsed(await open("addresses", patientId, address.sealed)),
      standard: parsed(await open("addresses_standard", patientId, address.standardSealed)),
    },
    sourceIds: refs.map(({ system, entity, value }) => ({ system, entity, value })),
    visits: record.seen.map((row) => asShown(without(row, "dedupeKey", "contentKey", "patientId", "needsPlanning"))),
    visitRequests: await each(record.requests, async (row) => ({
      words: await open("visit_requests", row.id, row.sealed),
      ...asShown(without(row, "sealed", "wordsKey")),
    })),
    purchases: record.bought.map((row) => asShown(without(row, "contentKey", "patientId", "lastRunId"))),
    messages: await messagesOf(ctx, record),
    invites: record.asked.map((row) => asShown(without(row, "patientId"))),
    answers: await each(record.answers, async (row) => ({
      answers: { ...JSON.parse(row.answers), ...parsed(await open("responses", row.id, row.sealed)) },
      ...asShown(without(row, "id", "answers", "sealed", "patientId")),
    })),
    texts: await each(record.texts, async (row) => ({ ...(await textOf(ctx, row)), ...asShown(textRow(row)) })),
    consents: await each(record.yeses, async (row) => ({
      words: isOwn(row) ? await open("consents", row.id, row.evidence) : null,
      ...asShown(without(row, "evidence", "addressKey")),
    })),
    optOuts: await each(record.stops, async (row) => ({
      words: isOwn(row) ? await open("opt_outs", row.id, row.evidence) : null,
      ...asShown(without(row, "evidence", "addressKey")),
    })),
    calls: record.called.map((row) => asShown(without(row, "patientId"))),
    mailings: await each(record.mailed, async (row) => ({
      piece: parsed(await open("media_buy_recipients", row.reference ?? "", row.addressSealed)),
      ...asShown(without(row, "addressSealed", "patientId")),
    })),
    changes: record.changes.map((row) => asShown(row)),
    reads: record.events.filter(({ action }) => /\.(read|exported)$/.test(action)).map((row) => asShown(row)),
    audit: record.events.map((row) => asShown(without(row, "requestId"))),
  };
}

async function messagesOf(ctx: Context, { messages, tries, reports }: PersonRecord) {
  const handedOver = messages.filter(({ attemptCount }) => attemptCount > 0);
  const keys = Map.groupBy(tries, ({ touchId }) => touchId);
  const bodyKeys = new Map([...keys].map(([id, own]) => [id, own.map(({ bodyKey }) => bodyKey)]));
  const words = await rebuildWords(ctx, handedOver, bodyKeys);
  return messages.map((row) => ({
    words: words.get(row.id) ?? null,
    ...asShown(without(row, "patientId", "dedupeKey", "addressKey", "leaseOwner", "leaseUntil")),
    handOvers: (keys.get(row.id) ?? []).map((attempt) => asShown(without(attempt, "touchId", "bodyKey"))),
    reports: reports.filter(({ touchId }) => touchId === row.id).map((report) => asShown(without(report, "touchId"))),
  }));
}

type Text = PersonRecord["texts"][number];

/** What was purged or erased, and what does not open, has no words any more. */
async function textOf(ctx: Context, { source, dedupeKey, sealed }: Text) {
  const raw = sealed === "" ? null : await opened(ctx, { table: "inbound_messages", row: dedupeKey }, sealed);
  return raw === null ? { from: null, body: null } : openText(source as TextSource, raw);
}

function textRow({ id, source, status, receivedAt, reply }: Text) {
  return { id, source, status, receivedAt, reply };
}

/** A value that was moved or changed in the store does not open: it is left out, and nothing else with it. */
async function opened(ctx: Context, place: Place, sealed: string | null): Promise<string | null> {
  if (sealed === null) return null;
  return ctx.keys.open(place, sealed).catch(() => {
    ctx.log.error("value does not open", { table: place.table, row: place.row });
    return null;
  });
}

function parsed(text: string | null): Record<string, unknown> | null {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
}

function each<Row, Shown>(rows: Row[], show: (row: Row) => Promise<Shown>): Promise<Shown[]> {
  return Promise.all(rows.map(show));
}
