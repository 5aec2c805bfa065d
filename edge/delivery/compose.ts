import { escapeFor, type Place } from "../../templates/message/escape.ts";
import type { MessageFacts } from "../../templates/message/facts.ts";
import { type Part, parseTemplate } from "../../templates/message/parse-template.ts";
import { render } from "../../templates/message/render.ts";
import { type Segments, segmentsOf } from "../../templates/message/segments.ts";
import { VISIT_LINKS, visitLinks } from "../../templates/message/visit-links.ts";
import type { Context } from "../context.ts";
import { mintLinkToken } from "../link-token.ts";
import { messageFacts } from "./message-facts.ts";
import type { Prepared } from "./read-facts.ts";

/** A message ready to leave, with what is kept of it: a keyed hash of address and words, never the words. */
export type Composed = {
  body: string;
  /** Of mail only. */
  subject: string | null;
  html: string | null;
  bodyKey: string;
  segments: Segments;
  tokenHash: string | null;
  /** Of a message that leads to its visit: the link's hash, the start that was told, and the language. */
  visitLink: { hash: string; startsAt: number; locale: string } | null;
  /** Of mail only: the link that ends it, and the hash by which that is known again. */
  unsubscribe: { url: string; hash: string } | null;
};

/** The parts of a message that can hold tokens, and where each one's values are put. */
const PLACES = { sms: "sms", mail: "mail_text", print: "print" } as const;
const NAMES = ["fn", "ln", "nm", "fi"];

/** Fills the touch's wording; names the tokens that have no value. Makes the link's token, which is kept only as a hash. */
export async function compose(ctx: Context, prepared: Prepared): Promise<Composed | { missing: string[] }> {
  const { template, touch, to } = prepared;
  const parts = template && partsOf(template);
  if (!template || !parts || !to) return { missing: ["template"] };
  const says = (names: readonly string[]) =>
    parts.some(({ parsed }) => parsed.some((part) => typeof part !== "string" && names.includes(part.token)));
  const { visit } = prepared.subject;
  const facts = await messageFacts(ctx, prepared.subject, template, says(NAMES));
  const unsubscribe = template.channel === "mail" ? await makeLink(ctx, "u") : null;
  const survey = touch.inviteId !== null ? await makeLink(ctx, "s") : null;
  // A visit that has begun has no link: there is nothing to confirm any more.
  const ahead = visit && visit.startsAt > ctx.now() && says(VISIT_LINKS) ? await makeLink(ctx, "v") : null;
  const links = {
    ...(survey && { sl: survey.url }),
    ...(unsubscribe && { ul: unsubscribe.url }),
    ...(ahead && visitLinks(ahead.url)),
  };
  const filled = fill(parts, { ...facts, links });
  if ("missing" in filled) return filled;
  const { body = "", subject = null, bodyHtml: html = null } = filled;
  const bodyKey = await ctx.keys.blindIndex("body", `${to}\n${body}`);
  const tokenHash = survey?.hash ?? null;
  const visitLink = ahead && visit && { hash: ahead.hash, startsAt: visit.startsAt, locale: template.locale };
  return { body, subject, html, bodyKey, segments: segmentsOf(body), tokenHash, visitLink, unsubscribe };
}

type Field = { name: "body" | "subject" | "bodyHtml"; place: Place; parsed: Part[] };

/** Null where the stored wording does not parse; the store takes none that does not. */
function partsOf(template: NonNullable<Prepared["template"]>): Field[] | null {
  const fields = [
    { name: "body", place: PLACES[template.channel], text: template.body },
    { name: "subject", place: "header", text: template.subject },
    { name: "bodyHtml", place: "mail_html", text: template.bodyHtml },
  ] as const;
  const parsed = fields.flatMap(({ name, place, text }) => {
    const read = text === null ? null : parseTemplate(text);
    return read ? [{ name, place, read }] : [];
  });
  const good = parsed.flatMap(({ name, place, read }) =>
    "parts" in read ? [{ name, place, parsed: read.parts }] : [],
  );
  return good.length === parsed.length ? good : null;
}

function fill(fields: Field[], facts: MessageFacts) {
  const filled: Partial<Record<Field["name"], string>> = {};
  const missing = new Set<string>();
  for (const { name, place, parsed } of fields) {
    const result = render(parsed, facts, place);
    if ("missing" in result) for (const token of result.missing) missing.add(token);
    // A header takes no line end, whoever wrote it.
    else filled[name] = place === "header" ? escapeFor("header", result.text) : result.text;
  }
  return missing.size > 0 ? { missing: [...missing] } : filled;
}

/** A link of ours: a random token, which is kept only as a hash. */
async function makeLink(ctx: Context, page: "s" | "u" | "v"): Promise<{ url: string; hash: string }> {
  const { token, hash } = await mintLinkToken(ctx.env.LINK_KEYS, ctx.tenant.number);
  return { url: `${originOf(ctx)}/${page}/${token}`, hash };
}

/** What the clinic's links to patients begin with. */
export function originOf(ctx: Context): string {
  const { hosts } = ctx.tenant.settings;
  return hosts[0] ? `https://${hosts[0]}` : ctx.env.PUBLIC_URL;
}
