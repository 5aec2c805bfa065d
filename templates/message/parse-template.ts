import { isTokenName, TOKENS, type TokenName } from "./tokens.ts";

/** A parsed text: words that stand as they are, and tokens to be filled. */
export type Part = string | { token: TokenName; format: string; fallback: string | null };

export type TemplateError = {
  code: "unknown_token" | "bad_format" | "unbalanced_braces" | "default_not_allowed";
  /** Where it begins, in UTF-16 units from 0. */
  at: number;
  /** What stands there, shortened. */
  found: string;
};

/**
 * Reads `{{token[:format][|default]}}`; `\{{` stands for two braces and takes its `}}` along. There are no helpers,
 * conditions or nesting: anything else between braces is an error, so that a text which was saved can always be filled.
 */
export function parseTemplate(text: string): { parts: Part[] } | { errors: TemplateError[] } {
  const parts: Part[] = [];
  const errors: TemplateError[] = [];
  let literal = "";
  let openLiterals = 0;
  let at = 0;
  while (at < text.length) {
    if (text.startsWith("\\{{", at)) {
      literal += "{{";
      openLiterals += 1;
      at += 3;
    } else if (text.startsWith("{{", at)) {
      const { part, error, end } = readToken(text, at);
      if (error) errors.push(error);
      if (part) parts.push(literal, part);
      literal = "";
      at = end;
    } else if (text.startsWith("}}", at)) {
      if (openLiterals > 0) literal += "}}";
      else errors.push({ code: "unbalanced_braces", at, found: "}}" });
      openLiterals = Math.max(0, openLiterals - 1);
      at += 2;
    } else {
      literal += text[at];
      at += 1;
    }
  }
  parts.push(literal);
  return errors.length > 0 ? { errors } : { parts: parts.filter((part) => part !== "") };
}

const INSIDE = /^\s*([^:|\s]*)\s*(?::\s*([^|\s]*)\s*)?(?:\|([^{}]*))?$/;

function readToken(text: string, at: number): { part?: Part; error?: TemplateError; end: number } {
  const close = text.indexOf("}}", at + 2);
  const inside = text.slice(at + 2, close === -1 ? undefined : close);
  // Past a brace that opens again, the first one was never closed.
  if (close === -1 || /[{}]/.test(inside)) {
    const again = text.indexOf("{{", at + 2);
    const end = again === -1 ? text.length : again;
    return { error: { code: "unbalanced_braces", at, found: text.slice(at, at + 20) }, end };
  }
  const end = close + 2;
  const problem = (code: TemplateError["code"]) => ({ error: { code, at, found: inside.slice(0, 40) }, end });
  const [, name = "", format, fallback] = INSIDE.exec(inside) ?? [];
  if (!isTokenName(name)) return problem("unknown_token");
  const { formats, whenMissing } = TOKENS[name];
  if (format !== undefined && !formats.includes(format)) return problem("bad_format");
  // A time or a link cannot be made up; the clinic's own values are set before the text is saved.
  if (fallback !== undefined && whenMissing !== "default") return problem("default_not_allowed");
  return { part: { token: name, format: format ?? formats[0], fallback: fallback?.trim() ?? null }, end };
}
