import { seenVisit } from "../visits.ts";

export type Person = ReturnType<typeof seenVisit>;

/** Towns that are there, then any that a number could be of: enough for 77,000 people. */
const TOWNS = ["202", "212", "213", "312", "313", "404", "415", "503", "617", "702", "713", "808", "907", "206", "305"];
const AREAS = [...new Set([...TOWNS, ...Array.from({ length: 780 }, (_, each) => String(220 + each))])];

/** Invented people who were seen today, each with a name and a number of their own. 555-01xx is fiction everywhere. */
export function peopleOf(from: number, count: number): Person[] {
  return Array.from({ length: count }, (_, each) => {
    const index = from + each;
    const area = AREAS[Math.floor(index / 99) % AREAS.length];
    const phone = `+1${area}55501${String(index % 99).padStart(2, "0")}`;
    return seenVisit({ patientName: `CANARYBIRD ${letters(index)}`, phone });
  });
}

/** 0 → AAAA, 1 → AAAB: digits in a name would be a misread page. */
function letters(index: number): string {
  return [17576, 676, 26, 1].map((place) => String.fromCharCode(65 + (Math.floor(index / place) % 26))).join("");
}
