const MAX_NAME = 60;
/** Braces, angle brackets, line ends and other control characters: no name has them, every trick does. */
const NOT_IN_A_NAME = /[\p{Cc}\p{Cs}{}<>]/u;
/** An address on the web, with or without its beginning: a phone would make a link of it. */
const LOOKS_LIKE_A_URL = /:\/\/|www\.|@|[\p{L}\p{N}-]\.\p{L}{2,}/iu;
const ROMAN = /^(?:ii|iii|iv)$/;

/**
 * The name as a message may say it, or null when it is implausible and so counts as missing: nobody can put a link, a
 * placeholder or markup into a clinic's message by having it for a name. SHOUTED and all-small names get capitals.
 */
export function plausibleName(name: string | null | undefined): string | null {
  const tidy = name?.normalize("NFC").replace(/ +/g, " ").trim() ?? "";
  if (tidy === "" || tidy.length > MAX_NAME) return null;
  if (NOT_IN_A_NAME.test(tidy) || LOOKS_LIKE_A_URL.test(tidy) || !/\p{L}/u.test(tidy)) return null;
  return titleCased(tidy);
}

/** `MCDONALD-O'NEIL` as `McDonald-O'Neil`; a name in mixed case is left as its owner writes it. */
export function titleCased(name: string): string {
  if (name !== name.toUpperCase() && name !== name.toLowerCase()) return name;
  return name.toLowerCase().replace(/[\p{L}\p{M}]+/gu, (word, at: number, whole: string) => {
    if (ROMAN.test(word) && at > 0) return word.toUpperCase();
    // The s of "James's" is no word; the n of "o'neil" begins one.
    if (/['’]/.test(whole[at - 1] ?? "") && word.length === 1) return word;
    return capital(word).replace(/^Mc(\p{L}{2,})$/u, (_, rest: string) => `Mc${capital(rest)}`);
  });
}

function capital(word: string): string {
  const [first = "", ...rest] = word;
  return first.toUpperCase() + rest.join("");
}
