import { checkTemplate, type Purpose, type Wording } from "../../../templates/message/check-template.ts";
import { clinicFacts } from "../../../templates/message/clinic.ts";
import type { MessageChannel } from "../../../templates/message/facts.ts";
import type { Context } from "../../context.ts";
import type { MessagePreview, MessageQuery, MessageSample } from "../../contract/operator.ts";
import { listTemplates } from "../../engagement/templates/list-templates.ts";
import { type Preview, previewWording } from "../../engagement/templates/preview-wording.ts";
import { HearbackError } from "../../errors.ts";

type Asked = Wording & { locale: string; channel: MessageChannel; category: Purpose; version: number | null };

/**
 * What patients would get of a stored wording in each of its languages, or of a text that is not stored yet, and what
 * it would cost. Throws NOT_FOUND where there is no such wording, or none in that language.
 */
export async function previewMessage(ctx: Context, query: MessageQuery): Promise<MessagePreview> {
  const { count } = query;
  const asked = query.text === undefined ? await findWordings(ctx, query) : [freeText(ctx, query.text, query.locale)];
  const samples = asked.map((each) => sampleOf(ctx, each, count));
  return { count, currency: ctx.tenant.settings.messages.currency, samples };
}

async function findWordings(ctx: Context, { template, locale }: MessageQuery): Promise<Asked[]> {
  const all = await listTemplates(ctx);
  const found = all.filter(({ key, ...row }) => key === template && (locale ?? row.locale) === row.locale);
  if (found.length > 0) return found;
  const names = [...new Set(all.map(({ key, locale: language }) => `${key} (${language})`))].join(", ");
  throw new HearbackError("NOT_FOUND", `There is no such wording; there are ${names}.`);
}

function freeText(ctx: Context, body: string, locale = ctx.tenant.settings.theme.locales[0] ?? "en"): Asked {
  return { body, subject: null, bodyHtml: null, locale, channel: "sms", category: "care", version: null };
}

function sampleOf(ctx: Context, wording: Asked, count: number): MessageSample {
  const { locale, channel, version } = wording;
  const { subject, body, sms } = previewWording(ctx, channel, locale, wording);
  const problems = checkTemplate(wording, wording, clinicFacts(ctx.tenant.settings));
  return { locale, channel, version, subject, body, problems, sms: sms && priced(sms, count) };
}

function priced({ segments, encoding, culprits, price }: NonNullable<Preview["sms"]>, count: number) {
  const named = culprits.map((letter) => ({ letter, codePoint: codePointOf(letter) }));
  return { segments, encoding, culprits: named, price: toMicros(price), priceOfAll: toMicros(price * count) };
}

function codePointOf(letter: string): string {
  return `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Without the dust that binary fractions leave: three times 0.0083 is 0.0249. */
function toMicros(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}
