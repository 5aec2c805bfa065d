const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/** `Thursday, November, 20, 2025` · `November 20, 2025` · `Thu, Nov 20, 2025`; also `11/20/2025`. */
const WORDED = /\b([A-Za-z]{3,9})\.?,?\s+(\d{1,2}),?\s+(\d{4})\b/;
const NUMBERED = /\b(\d{1,2})\/(\d{1,2})\/(\d{4})\b/;

/**
 * The day a heading names, as `YYYY-MM-DD`, or undefined. The weekday is not looked at: pages were seen with a wrong
 * one, and the date is what the rows belong to.
 */
export function dayInHeading(text: string): string | undefined {
  const worded = WORDED.exec(text);
  if (worded) {
    const [, word = "", day = "", year = ""] = worded;
    const month = MONTHS.findIndex((name) => name.startsWith(word.toLowerCase())) + 1;
    return month === 0 ? undefined : calendarDay(Number(year), month, Number(day));
  }
  const [, month, day, year] = NUMBERED.exec(text) ?? [];
  return month === undefined ? undefined : calendarDay(Number(year), Number(month), Number(day));
}

/** `YYYY-MM-DD` of a day that exists in the calendar, else undefined. */
export function calendarDay(year: number, month: number, day: number): string | undefined {
  if (year < 1000 || year > 9999 || month < 1 || month > 12 || day < 1) return undefined;
  if (day > 28 && new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return undefined;
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}
