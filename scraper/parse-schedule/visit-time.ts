/** The first `h:mm`, seconds tolerated, and the half of the day if it follows: `9:05AM`, `9:05 a.m.`, `9:05 AM - 9:35 AM`. */
const CLOCK = /(?<!\d)(\d{1,2}):(\d{2})(?::\d{2})?(?!\d)(?:\s?([ap])\.?\s?m\b)?/i;

/**
 * `HH:MM` (24 hours, clinic-local wall time) that a time cell starts with, or undefined. A time without AM or PM is
 * refused rather than guessed: half a day off is worse than a row for staff to look at.
 */
export function readTime(text: string): string | undefined {
  const [, hour, minute = "", half] = CLOCK.exec(text) ?? [];
  if (hour === undefined || half === undefined) return undefined;
  const onDial = Number(hour);
  if (onDial < 1 || onDial > 12 || Number(minute) > 59) return undefined;
  const hours = (onDial % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  return `${String(hours).padStart(2, "0")}:${minute}`;
}
