/**
 * A number as staff type it, as E.164: ten digits are North American, others need their `+`. Null when it is no number.
 * Deliberately loose: it is only looked up, and a number nobody has simply finds nobody.
 */
export function readPhone(typed: string): string | null {
  const digits = typed.replace(/[\s().·-]/g, "");
  if (/^\+\d{8,15}$/.test(digits)) return digits;
  if (/^1?[2-9]\d{9}$/.test(digits)) return `+${digits.length === 10 ? "1" : ""}${digits}`;
  return null;
}

/** `(202) 555-0101` for a North American number, others as they are. */
export function displayPhone(number: string): string {
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number) ?? [];
  return area ? `(${area}) ${exchange}-${line}` : number;
}
