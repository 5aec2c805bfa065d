import type { Wording } from "../../../templates/message/check-template.ts";
import type { Place } from "../../../templates/message/escape.ts";
import type { MessageChannel } from "../../../templates/message/facts.ts";
import { parseTemplate } from "../../../templates/message/parse-template.ts";
import { render } from "../../../templates/message/render.ts";
import { sampleFacts } from "../../../templates/message/sample.ts";
import { segmentsOf } from "../../../templates/message/segments.ts";
import type { Context } from "../../context.ts";
import { priceNow } from "../../prices.ts";

/** What an invented patient would get. Segments and price are of a text; `culprits` are the letters that cost more. */
export type Preview = {
  subject: string | null;
  body: string;
  html: string | null;
  sms: { segments: number; encoding: "GSM-7" | "UCS-2"; culprits: string[]; price: number; currency: string } | null;
};

const PLACES = { sms: "sms", mail: "mail_text", print: "print" } as const;

/** Fills a wording that has been checked with an invented patient's facts. */
export function previewWording(ctx: Context, channel: MessageChannel, language: string, wording: Wording): Preview {
  const { settings } = ctx.tenant;
  const origin = settings.hosts[0] ? `https://${settings.hosts[0]}` : ctx.env.PUBLIC_URL;
  const facts = sampleFacts(settings, { now: ctx.now(), language, origin });
  const fill = (text: string, place: Place) => {
    const parsed = parseTemplate(text);
    const filled = "parts" in parsed ? render(parsed.parts, facts, place) : parsed;
    return "text" in filled ? filled.text : text;
  };
  const body = fill(wording.body, PLACES[channel]);
  return {
    subject: wording.subject && fill(wording.subject, "header"),
    body,
    html: wording.bodyHtml && fill(wording.bodyHtml, "mail_html"),
    sms: channel === "sms" ? priced(ctx, body) : null,
  };
}

function priced(ctx: Context, body: string): Preview["sms"] {
  const { count, encoding, culprits } = segmentsOf(body);
  const price = (count * priceNow(ctx, { channel: "sms" })) / 1e6;
  return { segments: count, encoding, culprits, price, currency: ctx.tenant.settings.messages.currency };
}
