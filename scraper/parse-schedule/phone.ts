/** `phone` is E.164 or null; when null, `phoneProblem` says whether the page showed none or one that cannot be dialled. */
export type PhoneReading = { phone: string } | { phone: null; phoneProblem: "none" | "invalid" };

/** An optional kind (`M.`, `H:`, `Mobile`), then nothing but the characters that phone numbers are written with. */
const PHONE_LINE = /^(?:(m|c|h|w|o|mobile|cell|home|work|other|phone)\b\s?[.:]?\s*)?([+(\d][\d\s().+-]*)$/i;
const EXTENSION = /\s?(?:\bext(?:ension)?\b\.?|\bx(?=\s?\d)|#).*$/i;
const MOBILE = new Set(["m", "c", "mobile", "cell"]);

/**
 * The number to text, out of the lines of a patient cell: the mobile one if any line says so, else the first.
 * North American numbers only, by their plan: ten digits, area code and exchange starting with 2 to 9.
 */
export function readPhone(lines: string[]): PhoneReading {
  const shown = lines.map(asPhone).filter((phone) => phone !== undefined);
  const full = shown.filter(({ digits }) => digits.length >= 10);
  const chosen = full.find(({ isMobile }) => isMobile) ?? full[0];
  if (!chosen) return { phone: null, phoneProblem: shown.length > 0 ? "invalid" : "none" };
  const national = chosen.digits.replace(/^1(?=\d{10}$)/, "");
  if (!/^[2-9]\d{2}[2-9]\d{6}$/.test(national)) return { phone: null, phoneProblem: "invalid" };
  return { phone: `+1${national}` };
}

function asPhone(line: string): { isMobile: boolean; digits: string } | undefined {
  const [, kind = "", number = ""] = PHONE_LINE.exec(line.replace(EXTENSION, "")) ?? [];
  const digits = number.replace(/\D/g, "");
  if (digits.length < 7 && (kind === "" || digits === "")) return undefined;
  return { isMobile: MOBILE.has(kind.toLowerCase()), digits };
}
