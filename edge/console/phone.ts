export { displayPhone } from "../../templates/message/phones.ts";

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
