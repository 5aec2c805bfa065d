import { isConfirmed } from "../../engagement/visit-standing.ts";

type Word = { confirmedAt: number | null; confirmedForAt: number | null; startsAt: number; askedAt: number | null };

/** What the patient has said of the visit, beside what the schedule says: confirmed, another time asked for, or both. */
export function PatientWord({ word, at }: { word: Word; at: (instant: number) => string }) {
  const { confirmedAt, askedAt } = word;
  return (
    <>
      {confirmedAt !== null && isConfirmed(word) ? (
        <span class="sub strong">confirmed by the patient, {at(confirmedAt)}</span>
      ) : null}
      {askedAt === null ? null : <span class="sub strong">another time asked for, {at(askedAt)}</span>}
    </>
  );
}
