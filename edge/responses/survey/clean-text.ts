/**
 * Free text as it is stored: well-formed, NFC, trimmed. What carries no words goes: control characters, half
 * characters, marks that turn the direction of the text around it, and combining marks beyond four in a row. Nothing
 * is escaped here; that is the work of whoever shows or exports it. A text cleaned twice is the same as cleaned once.
 */
export function cleanText(raw: string, { lines }: { lines: boolean }): string {
  const oneWay = raw.replace(/\r\n?/g, "\n").replace(lines ? /\t/g : /[\t\n]/g, " ");
  const words = oneWay.replace(/(?!\n)\p{Cc}|\p{Cs}|[\u202A-\u202E\u2066-\u2069]/gu, "");
  return words
    .normalize("NFC")
    .replace(/(\p{M}{4})\p{M}+/gu, "$1")
    .trim();
}
