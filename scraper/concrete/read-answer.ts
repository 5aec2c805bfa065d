import { ImportFailure } from "../imports/failure.ts";

const MAX_AMPERSANDS = 5_000;
const MAX_DEPTH = 64;
const MAX_TAG_CHARACTERS = 8_192;
const SAFE_ENCODING = /^(utf-?8|us-ascii)$/i;

/**
 * XML that may be given to a parser. Declarations, entities in bulk, deep nesting, endless tags and foreign encodings
 * are refused by a scan of the text, not by the parser: parsers have been talked out of their own limits before
 * (CVE-2026-26278, CVE-2026-33036). References by `id` and `href` are refused as well: the parser would merge what
 * they name.
 */
export function readAnswer(body: Uint8Array, contentType: string): string {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  if (charset && !SAFE_ENCODING.test(charset)) throw new ImportFailure("answer_encoding");
  const text = decode(body);
  const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)/i.exec(text)?.[1];
  if (declared && !SAFE_ENCODING.test(declared)) throw new ImportFailure("answer_encoding");
  if (count(text, "&", MAX_AMPERSANDS) > MAX_AMPERSANDS) throw new ImportFailure("answer_entities");
  if (text.includes("<!") || text.includes("<?", 1)) throw new ImportFailure("answer_declarations");
  checkNesting(text);
  return text;
}

function decode(body: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    if (text.includes("\0")) throw new ImportFailure("answer_encoding");
    return text;
  } catch {
    throw new ImportFailure("answer_encoding");
  }
}

function count(text: string, character: string, most: number): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0 && found <= most; at = text.indexOf(character, at + 1)) found += 1;
  return found;
}

function checkNesting(text: string): void {
  let depth = 0;
  for (let at = text.indexOf("<"); at >= 0; ) {
    const end = endOfTag(text, at);
    const isClosing = text[at + 1] === "/";
    const isDeclaration = text[at + 1] === "?";
    if (/\s(?:id|href)\s*=/i.test(text.slice(at, end))) throw new ImportFailure("answer_tag");
    if (isClosing) depth -= 1;
    else if (!isDeclaration && text[end - 1] !== "/") depth += 1;
    if (depth > MAX_DEPTH) throw new ImportFailure("answer_depth");
    if (depth < 0) throw new ImportFailure("answer_broken");
    at = text.indexOf("<", end);
  }
  if (depth !== 0) throw new ImportFailure("answer_broken");
}

/** Where the tag ends that begins at `start`; `>` between quotes does not end it. */
function endOfTag(text: string, start: number): number {
  let quote = "";
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (at - start > MAX_TAG_CHARACTERS) throw new ImportFailure("answer_tag");
    if (quote) {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === ">") return at;
  }
  throw new ImportFailure("answer_broken");
}
