import type { MessageChannel, MessageFacts } from "./facts.ts";
import { type Part, parseTemplate, type TemplateError } from "./parse-template.ts";
import { misusedStopWords } from "./stop-words.ts";
import { TOKENS, type TokenName } from "./tokens.ts";
import { valueFor } from "./values.ts";

/** One language's wording. */
export type Wording = { subject: string | null; body: string; bodyHtml: string | null };
export type Purpose = "transactional" | "care" | "marketing";

export type TemplateProblem = {
  field: keyof Wording;
  code:
    | TemplateError["code"]
    | "not_on_channel"
    | "clinic_not_set"
    | "no_opt_out_text"
    | "no_unsubscribe_link"
    | "no_postal_address"
    | "no_subject"
    | "stop_word"
    | "not_a_link"
    | "unsafe_html";
  /** What stands there. */
  found: string;
  /** What to do about it. */
  advice: string;
};

const CLINIC: readonly TokenName[] = ["cn", "cp", "cw", "ca"];
const LINKS: readonly string[] = ["cl", "rl", "il", "sl", "ul", "om", "cw"];
/** What no message needs and a mail program would block or a scanner distrust. */
const UNSAFE =
  /<\s*\/?\s*(?:script|iframe|object|embed|form|input|base|meta|link)\b|\son\w+\s*=|javascript:|data:text/i;
const TAG = /<[^>]*>/g;
const IN_LINK = /\b(?:href|src|action|background)\s*=\s*["'][^"']*?\{\{\s*([^}:|\s]*)/gi;
const UNQUOTED = /=\s*[^\s"'>]*\{\{/;

/** Everything for which a wording cannot be saved, at once. Pure; `clinic` is what the clinic has set so far. */
export function checkTemplate(
  wording: Wording,
  { channel, category }: { channel: MessageChannel; category: Purpose },
  clinic: MessageFacts["clinic"],
): TemplateProblem[] {
  const fields = (["subject", "body", "bodyHtml"] as const).flatMap((field) => {
    const text = wording[field];
    return text === null ? [] : [{ field, text, parsed: parseTemplate(text) }];
  });
  const tokens = fields.flatMap(({ field, parsed }) =>
    "parts" in parsed ? [...new Set(parsed.parts.flatMap(tokenOf))].map((token) => ({ field, token })) : [],
  );
  return [
    ...fields.flatMap(({ field, parsed }) =>
      "errors" in parsed ? parsed.errors.map((error) => syntaxProblem(field, error)) : [],
    ),
    ...tokens.flatMap(({ field, token }) => tokenProblems(field, token, channel, clinic)),
    ...fields.flatMap(({ field, text }) => misusedStopWords(text).map((word) => stopWordProblem(field, word))),
    ...(wording.bodyHtml === null ? [] : htmlProblems(wording.bodyHtml)),
    ...required(wording, channel, category, tokens),
  ];
}

function tokenOf(part: Part): TokenName[] {
  return typeof part === "string" ? [] : [part.token];
}

const SYNTAX: Record<TemplateError["code"], string> = {
  unknown_token: "There is no such token. A token is written {{fn}}, {{fn|there}} or {{op:e164}}.",
  bad_format: "This token has no such format.",
  unbalanced_braces: "A token has two braces on each side and none inside. Write \\{{ for two braces as such.",
  default_not_allowed: "Nothing else can stand for this; the message is not sent where it is missing.",
};

function syntaxProblem(field: keyof Wording, { code, found }: TemplateError): TemplateProblem {
  return { field, code, found, advice: SYNTAX[code] };
}

function tokenProblems(
  field: keyof Wording,
  token: TokenName,
  channel: MessageChannel,
  clinic: MessageFacts["clinic"],
): TemplateProblem[] {
  const { channels } = TOKENS[token];
  const found = `{{${token}}}`;
  if (channels && !channels.includes(channel)) {
    const advice = `This may stand in ${channels.join(" and ")} only.`;
    return [{ field, code: "not_on_channel", found, advice }];
  }
  if (!CLINIC.includes(token) || valueFor(token, "national", { ...NOBODY, clinic }) !== null) return [];
  return [{ field, code: "clinic_not_set", found, advice: "Set it in the clinic's settings first." }];
}

const NOBODY: Omit<MessageFacts, "clinic"> = {
  now: 0,
  language: null,
  timeZone: "UTC",
  office: null,
  person: null,
  visit: null,
  purchase: null,
  offer: null,
  links: {},
};

function stopWordProblem(field: keyof Wording, found: string): TemplateProblem {
  const advice = `Whoever texts ${found} gets no more texts at all. Let people reply Y1 or N1, or another word of yours.`;
  return { field, code: "stop_word", found, advice };
}

function htmlProblems(html: string): TemplateProblem[] {
  const field = "bodyHtml" as const;
  const tags = html.match(TAG) ?? [];
  const unsafe = UNSAFE.exec(html)?.[0];
  const unquoted = tags.find((tag) => UNQUOTED.test(tag));
  const strangers = [...html.matchAll(IN_LINK)].map(([, name = ""]) => name).filter((name) => !LINKS.includes(name));
  return [
    ...(unsafe
      ? [{ field, code: "unsafe_html" as const, found: unsafe.trim(), advice: "Mail has no use for this." }]
      : []),
    ...(unquoted
      ? [
          {
            field,
            code: "unsafe_html" as const,
            found: unquoted.slice(0, 40),
            advice: "Put the attribute into quotes.",
          },
        ]
      : []),
    ...strangers.map((name) => ({
      field,
      code: "not_a_link" as const,
      found: `{{${name}}}`,
      advice: "An address is made by a link token only.",
    })),
  ];
}

/** What must be in it. Marketing must say how to get no more of it, and mail of that kind who sends it (CAN-SPAM). */
function required(
  { subject, bodyHtml }: Wording,
  channel: MessageChannel,
  category: Purpose,
  tokens: { field: keyof Wording; token: TokenName }[],
): TemplateProblem[] {
  const has = (field: keyof Wording, token: TokenName) =>
    tokens.some((each) => each.field === field && each.token === token);
  const need = (field: keyof Wording, token: TokenName, code: TemplateProblem["code"]): TemplateProblem[] =>
    has(field, token) ? [] : [{ field, code, found: "", advice: `Every marketing message says {{${token}}}.` }];
  const advice = "Mail needs a subject.";
  const named = channel !== "mail" || subject?.trim();
  const missing: TemplateProblem[] = named ? [] : [{ field: "subject", code: "no_subject", found: "", advice }];
  if (category !== "marketing" || channel === "print") return missing;
  if (channel === "sms") return [...missing, ...need("body", "oo", "no_opt_out_text")];
  const bodies = bodyHtml === null ? (["body"] as const) : (["body", "bodyHtml"] as const);
  const rules = bodies.flatMap((field) => [
    ...need(field, "ul", "no_unsubscribe_link"),
    ...need(field, "ca", "no_postal_address"),
  ]);
  return [...missing, ...rules];
}
