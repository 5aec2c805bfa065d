import { escapeFor, type Place, withoutCostlyAccents } from "./escape.ts";
import type { MessageChannel, MessageFacts } from "./facts.ts";
import type { Part } from "./parse-template.ts";
import { TOKENS, type TokenName } from "./tokens.ts";
import { valueFor } from "./values.ts";

/** What our own calendar says, not a person: may lose an accent that costs. */
const DATES: readonly TokenName[] = ["ap", "ad", "as", "aw", "ar", "oh", "pd", "wd", "td", "oo"];

/**
 * The filled text, or the tokens that have neither a value nor a default: a hole never reaches anybody. One pass;
 * what a value holds is never read as a token. Answers for every parsed text and all facts in a valid time zone.
 */
export function render(parts: Part[], facts: MessageFacts, place: Place): { text: string } | { missing: TokenName[] } {
  const missing = new Set<TokenName>();
  const filled = parts.map((part) => {
    if (typeof part === "string") return part;
    const value = harmless(part.token, part.format, facts, place);
    if (value === null && part.fallback === null) missing.add(part.token);
    return value ?? escapeFor(place, part.fallback ?? "");
  });
  return missing.size > 0 ? { missing: [...missing] } : { text: filled.join("") };
}

function harmless(token: TokenName, format: string, facts: MessageFacts, place: Place): string | null {
  const { channels } = TOKENS[token];
  if (channels && !channels.includes(channelOf(place))) return null;
  const value = valueFor(token, format, facts);
  if (value === null) return null;
  const spoken = place === "sms" && DATES.includes(token) ? withoutCostlyAccents(value) : value;
  return escapeFor(place, spoken) || null;
}

function channelOf(place: Place): MessageChannel {
  return place === "sms" || place === "print" ? place : "mail";
}
