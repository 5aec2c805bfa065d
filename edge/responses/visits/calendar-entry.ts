/** What a calendar may know of a visit: when and where. Times are epoch ms. */
export type CalendarVisit = {
  /** The same for the visit wherever it moves, so that a newer entry takes the older one's place. */
  uid: string;
  /** Higher in each newer entry of the same visit. */
  sequence: number;
  madeAt: number;
  startsAt: number;
  /** Null where the source does not say. */
  endsAt: number | null;
  summary: string;
  location: string;
};

const FOLD_BYTES = 75;

/** The visit as an iCalendar file (RFC 5545). Times are UTC instants: no zone has to be described, no clock change can shift them. */
export function calendarEntry(visit: CalendarVisit): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Hearback//Visit//EN",
    "METHOD:PUBLISH",
    "BEGIN:VEVENT",
    `UID:${escaped(visit.uid)}`,
    `SEQUENCE:${visit.sequence}`,
    `DTSTAMP:${instant(visit.madeAt)}`,
    `DTSTART:${instant(visit.startsAt)}`,
    ...(visit.endsAt !== null && visit.endsAt > visit.startsAt ? [`DTEND:${instant(visit.endsAt)}`] : []),
    `SUMMARY:${escaped(visit.summary)}`,
    `LOCATION:${escaped(visit.location)}`,
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

/** `20270316T160000Z`. */
function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/** TEXT of RFC 5545 §3.3.11; other control characters have no place in it. */
function escaped(text: string): string {
  return text
    .replace(/[\\;,]/g, "\\$&")
    .replace(/\r\n?|\n/g, "\\n")
    .replace(/\p{Cc}/gu, "");
}

/** No line longer than 75 octets (§3.1), and none cut inside a letter. */
function folded(line: string): string {
  const bytes = new TextEncoder();
  let text = "";
  let length = 0;
  for (const letter of line) {
    const size = bytes.encode(letter).length;
    if (length + size > FOLD_BYTES) {
      text += "\r\n ";
      length = 1;
    }
    text += letter;
    length += size;
  }
  return text;
}
