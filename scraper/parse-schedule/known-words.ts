/**
 * Words that tell one cell from another where a page marks its cells neither by attribute nor by column header.
 * They only help to recognise: a status, type or provider that is not listed is read all the same where it is marked.
 */
export type KnownWords = { statuses: string[]; types: string[]; providers: string[] };

/** What Practice Fusion and the first tenant's schedule use (spec: statuses and types of the pages seen so far). */
export const KNOWN_WORDS: KnownWords = {
  statuses: [
    "Seen",
    "Cancelled",
    "Scheduled",
    "Confirmed",
    "Not confirmed",
    "Pending",
    "Pending arrival",
    "Arrived",
    "Checked in",
    "In lobby",
    "In room",
    "No show",
    "Left without seen",
    "Rescheduled",
  ],
  types: ["CLINICIAN", "NP FOLLOW UP", "FOLLOW UP REQ", "MED REFILL", "THERAPY"],
  providers: ["BHUC COMMON GROUND", "ES OAKLAND", "ES MACOMB", "CNS"],
};

/** The listed spelling of a word, whatever case the page wrote it in; undefined for a word that is not listed. */
export function listedWord(list: string[], word: string): string | undefined {
  if (list.includes(word)) return word;
  const lower = word.toLowerCase();
  return list.find((each) => each.toLowerCase() === lower);
}
