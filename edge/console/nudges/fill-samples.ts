import { sql } from "drizzle-orm";
import { inList } from "../../../db/bulk.ts";
import { messageTemplates } from "../../../db/schema/engagement.ts";
import { purchases } from "../../../db/schema/imports.ts";
import { appointments, offices, patients } from "../../../db/schema/people.ts";
import { parseTemplate } from "../../../templates/message/parse-template.ts";
import { render } from "../../../templates/message/render.ts";
import { sampleFacts } from "../../../templates/message/sample.ts";
import { segmentsOf } from "../../../templates/message/segments.ts";
import type { Context } from "../../context.ts";
import { chooseWording } from "../../delivery/choose-wording.ts";
import { originOf } from "../../delivery/compose.ts";
import { messageFacts } from "../../delivery/message-facts.ts";
import type { Sample, StepPreview } from "../../engagement/preview-nudge.ts";
import type { Nudge } from "../../engagement/read-nudges.ts";
import { displayName, type Named, openPeople } from "../people.ts";

/** One person of the audience, not to be known by it, with the words they would get; null where a blank stays open. */
export type FilledSample = {
  initials: string;
  startsAt: number | null;
  timeZone: string;
  dueAt: number;
  skip: Sample["skip"];
  text: string | null;
};

const PLACES = { sms: "sms", mail: "mail_text", print: "print" } as const;

/**
 * The samples of a preview with their texts filled from what is known of each, names shortened to their first letter,
 * and the segments of the longest text of each step. The read is in the audit before anybody is opened.
 */
export async function fillSamples(
  ctx: Context,
  nudge: Nudge,
  steps: StepPreview[],
): Promise<Map<number, { samples: FilledSample[]; segments: number }>> {
  const rows = await readRows(ctx, steps);
  const { people } = await openPeople(ctx, { action: "nudge.read", entityId: nudge.id }, { patients: rows.patients });
  const filled = steps.map(async (step) => {
    const samples = await Promise.all(step.samples.map((sample) => fillOne(ctx, step, sample, rows, people)));
    const longest = step.channel === "sms" ? samples.map(({ text }) => (text ? segmentsOf(text).count : 0)) : [];
    return [step.seq, { samples, segments: Math.max(0, ...longest) }] as const;
  });
  return new Map(await Promise.all(filled));
}

type Rows = Awaited<ReturnType<typeof readRows>>;

async function readRows(ctx: Context, steps: StepPreview[]) {
  const samples = steps.flatMap((step) => step.samples);
  const [patientRows, visits, bought, wordings, places] = await ctx.db.batch([
    ctx.db
      .select()
      .from(patients)
      .where(sql`id ${inList([...new Set(samples.map(({ patientId }) => patientId))])}`),
    ctx.db
      .select()
      .from(appointments)
      .where(sql`id ${inList(samples.flatMap(({ appointmentId }) => appointmentId ?? []))}`),
    ctx.db
      .select()
      .from(purchases)
      .where(sql`patient_id ${inList([...new Set(samples.map(({ patientId }) => patientId))])}`)
      .orderBy(sql`purchased_at DESC`),
    ctx.db
      .select()
      .from(messageTemplates)
      .where(sql`key ${inList(steps.map(({ templateKey }) => templateKey))}`),
    ctx.db.select().from(offices),
  ]);
  return { patients: patientRows, visits, purchases: bought, wordings, offices: places };
}

async function fillOne(
  ctx: Context,
  step: StepPreview,
  sample: Sample,
  rows: Rows,
  people: Map<string, Named>,
): Promise<FilledSample> {
  const patient = rows.patients.find(({ id }) => id === sample.patientId);
  const visit = rows.visits.find(({ id }) => id === sample.appointmentId) ?? null;
  const office = rows.offices.find(({ id }) => id === (visit?.officeId ?? patient?.officeId)) ?? rows.offices[0];
  const versions = rows.wordings.filter(
    ({ key, version }) => key === step.templateKey && version === step.templateVersion,
  );
  const template = chooseWording(versions, patient?.language, ctx.tenant.settings.theme.locales);
  const named = people.get(sample.patientId);
  const masked = maskedName(named ? displayName(named) : "");
  const { timeZone } = office ?? ctx.tenant.settings.office;
  const shared = { initials: masked.full || "Somebody", startsAt: visit?.startsAt ?? null, timeZone };
  const plain = { ...shared, dueAt: sample.dueAt, skip: sample.skip };
  if (!patient || !office || !template) return { ...plain, text: null };
  const purchase = rows.purchases.find(({ patientId }) => patientId === patient.id) ?? null;
  const facts = await messageFacts(ctx, { office, patient, visit, purchase, mediaBuy: null }, template, false);
  const { links } = sampleFacts(ctx.tenant.settings, { now: ctx.now(), language: null, origin: originOf(ctx) });
  const parsed = parseTemplate(template.body);
  const result =
    "parts" in parsed ? render(parsed.parts, { ...facts, person: masked, links }, PLACES[template.channel]) : null;
  return { ...plain, text: result && "text" in result ? result.text : null };
}

/** `Sam Sample` as `S. S.`: enough to see that a name is there. */
function maskedName(name: string): { first: string; last: string; full: string } {
  const letters = name
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => `${[...word][0]?.toUpperCase()}.`);
  return { first: letters[0] ?? "", last: letters.length > 1 ? (letters.at(-1) ?? "") : "", full: letters.join(" ") };
}
