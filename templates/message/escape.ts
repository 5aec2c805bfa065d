import { isGsm } from "./segments.ts";

/** Where in a message a value is put. */
export type Place = "sms" | "mail_text" | "mail_html" | "header" | "print";

/** Longest value on a printed piece; a longer one would run over the fold. */
const MOST_PRINTED = 60;
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * A value made harmless for its place. Everywhere: no braces (so that no value can look like a placeholder, alone or
 * beside another), no control, bidi or other invisible characters, line ends as spaces, no half characters.
 */
export function escapeFor(place: Place, value: string): string {
  const plain = value
    .toWellFormed()
    .replace(/[\p{Zl}\p{Zp}\t\r\n]+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}{}]/gu, "")
    .trim();
  if (place === "mail_html") return plain.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? "");
  return place === "print" ? [...plain].slice(0, MOST_PRINTED).join("") : plain;
}

/** Dates in our own words: `sábado` as `sabado` in a text, where one accent would halve what fits into a segment. */
export function withoutCostlyAccents(value: string): string {
  return [...value].map((letter) => (isGsm(letter) ? letter : letter.normalize("NFD").replace(/\p{M}/gu, ""))).join("");
}
