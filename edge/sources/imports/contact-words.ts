/** Area and exchange as they are given out, none that costs the called. */
const NORTH_AMERICAN = /^\+1(?!900)[2-9]\d{2}[2-9]\d{6}$/;
const EMAIL = /^[^\s@<>"',;:]+@[^\s@<>"',;:]+\.[^\s@<>"',;:.]{2,}$/;

/** A number as a source writes it, as E.164; ten digits are North American. Null when it cannot be called. */
export function phoneOf(text: string): string | null {
  const digits = text.replace(/(?:ext\.?|x)\s*\d{1,6}\s*$/i, "").replace(/[\s().·/-]/g, "");
  const number = /^\+\d{7,15}$/.test(digits) ? digits : /^1?\d{10}$/.test(digits) ? `+1${digits.slice(-10)}` : null;
  return number !== null && isDialable(number) ? number : null;
}

/** Whether an E.164 number can be one, as far as is known: of numbers outside of North America nothing is. */
export function isDialable(number: string): boolean {
  return !number.startsWith("+1") || NORTH_AMERICAN.test(number);
}

/** An e-mail address, lower case; null when it cannot be one. */
export function emailOf(text: string): string | null {
  const address = text.trim().toLowerCase();
  return EMAIL.test(address) ? address : null;
}

const LANGUAGES: Record<string, string> = { english: "en", eng: "en", spanish: "es", spa: "es", español: "es" };

/** A language as a code such as `es`; null when the source's word is neither a code nor known. */
export function languageOf(word: string): string | null {
  const lower = word.trim().toLowerCase();
  return LANGUAGES[lower] ?? /^([a-z]{2})(?:[-_].*)?$/.exec(lower)?.[1] ?? null;
}

/** Enough of a value to tell two apart for somebody who knows them, and to nobody else. */
export function masked(kind: "phone" | "mail" | "name", value: string | null): string | null {
  if (!value) return null;
  if (kind === "phone") return `•••-${value.slice(-2)}`;
  if (kind === "mail") return `${value.slice(0, 1)}•••@•••`;
  return value
    .split(/\s+/)
    .map((word) => `${word.slice(0, 1)}•••`)
    .join(" ");
}
