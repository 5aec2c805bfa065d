/** Days are `YYYY-MM-DD`; the page knows no time zone but the server's "today". */
export function addDays(on: string, days: number): string {
  const date = new Date(`${on}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** `MM/DD/YYYY` as typed into the picker, or null. */
export function readTypedDay(text: string): string | null {
  const match = /^\s*(\d{1,2})\/(\d{1,2})\/(\d{4})\s*$/.exec(text);
  if (!match) return null;
  const [, month = "", day = "", year = ""] = match;
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}

export function typedDay(on: string): string {
  const [year, month, day] = on.split("-");
  return `${month}/${day}/${year}`;
}

/** `Thu, Nov 20, 2025`: the agenda's own header. */
export function agendaHeader(on: string): string {
  return parts(on, "short", "short", (p) => `${p.weekday}, ${p.month} ${p.day}, ${p.year}`);
}

/** The print view's header in the wordings seen so far: A with a comma behind the month, B and C without. */
export function printHeader(on: string, format: "A" | "B" | "C"): string {
  const comma = format === "A" ? "," : "";
  return parts(
    on,
    "long",
    "long",
    (p) => `Schedule Standard view - ${p.weekday}, ${p.month}${comma} ${p.day}, ${p.year}`,
  );
}

export function clockTime(startsAt: string): string {
  const [hour = 0, minute = 0] = startsAt.split(":").map(Number);
  return `${hour % 12 || 12}:${String(minute).padStart(2, "0")} ${hour < 12 ? "AM" : "PM"}`;
}

type Parts = Record<"weekday" | "month" | "day" | "year", string>;

function parts(on: string, weekday: "short" | "long", month: "short" | "long", write: (p: Parts) => string): string {
  const format = new Intl.DateTimeFormat("en-US", { weekday, month, day: "numeric", year: "numeric", timeZone: "UTC" });
  const found = format.formatToParts(new Date(`${on}T12:00:00Z`)).map((part) => [part.type, part.value]);
  return write(Object.fromEntries(found));
}
