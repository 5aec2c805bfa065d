/** Hours in which the law lets somebody be solicited by phone or text, at the clock where that person is. */
export type CallingHours = {
  /** Two letters, or `US` for everywhere. */
  state: string;
  /** Local times `HH:MM`. */
  opens: string;
  closes: string;
  /** ISO weekdays, Monday 1, that this is for; every day where it is not given. */
  weekdays?: readonly number[];
  /** On these days not at all. */
  isClosed?: true;
  /** Local days, the first on which it is in force and the first on which it is not any more. */
  from?: string;
  until?: string;
  source: string;
};

/**
 * What these hours bind. They are laws about solicitation: a reminder, or a question how a visit was, is none, and keeps
 * to the clinic's own hours only. Input for counsel to confirm, as is every row below; this is no legal advice.
 */
const BINDS: ReadonlySet<string> = new Set(["marketing"]);

const SUNDAY = [7];
const EVENINGS_AT_EIGHT = { opens: "08:00", closes: "20:00" };
const FROM_NINE = { opens: "09:00", closes: "21:00" };

/** Rows of one state on one day are all kept to. The states by vendors' and law firms' tables as of November 2025. */
export const CALLING_HOURS: readonly CallingHours[] = [
  { state: "US", opens: "08:00", closes: "21:00", source: "47 CFR 64.1200(c)(1)" },
  { state: "AL", ...EVENINGS_AT_EIGHT, source: "Ala. Admin. Code 770-X-5-.17" },
  { state: "AL", ...EVENINGS_AT_EIGHT, weekdays: SUNDAY, isClosed: true, source: "Ala. Admin. Code 770-X-5-.17" },
  { state: "CT", opens: "09:00", closes: "20:00", from: "2023-10-01", source: "Conn. Gen. Stat. 42-288a" },
  { state: "FL", ...EVENINGS_AT_EIGHT, from: "2021-07-01", source: "Fla. Stat. 501.616(6)" },
  { state: "KY", opens: "10:00", closes: "21:00", source: "KRS 367.46955" },
  { state: "LA", ...EVENINGS_AT_EIGHT, source: "La. R.S. 45:844.31" },
  { state: "LA", ...EVENINGS_AT_EIGHT, weekdays: SUNDAY, isClosed: true, source: "La. R.S. 45:844.31" },
  { state: "MA", ...EVENINGS_AT_EIGHT, source: "Mass. Gen. Laws 159C s. 3; 201 CMR 12.00" },
  {
    state: "MD",
    ...EVENINGS_AT_EIGHT,
    from: "2024-01-01",
    source: "Md. Code, Com. Law 14-4501 (Stop the Spam Calls Act)",
  },
  { state: "MI", ...FROM_NINE, source: "Mich. Comp. Laws 750.540e" },
  { state: "MN", ...FROM_NINE, source: "Minn. Stat. 325E.30" },
  { state: "MS", ...EVENINGS_AT_EIGHT, source: "Miss. Code 77-3-701 ff." },
  { state: "MS", ...EVENINGS_AT_EIGHT, weekdays: SUNDAY, isClosed: true, source: "Miss. Code 77-3-701 ff." },
  { state: "NJ", ...EVENINGS_AT_EIGHT, from: "2024-01-01", source: "N.J. Stat. 56:8-119 ff." },
  { state: "NM", ...FROM_NINE, source: "N.M. Stat. 57-12-22" },
  { state: "NV", opens: "09:00", closes: "20:00", source: "Nev. Rev. Stat. 598.0918" },
  { state: "OK", ...EVENINGS_AT_EIGHT, from: "2022-11-01", source: "Okla. Stat. tit. 15, 775C.4" },
  { state: "RI", opens: "09:00", closes: "18:00", source: "R.I. Gen. Laws 5-61-3.6" },
  { state: "RI", opens: "10:00", closes: "17:00", weekdays: [6, 7], source: "R.I. Gen. Laws 5-61-3.6" },
  { state: "TX", ...FROM_NINE, source: "Tex. Bus. & Com. Code 301.051, for texts by 302 from 2025-09-01" },
  { state: "TX", opens: "12:00", closes: "21:00", weekdays: SUNDAY, source: "Tex. Bus. & Com. Code 301.051" },
  { state: "WA", ...EVENINGS_AT_EIGHT, source: "Wash. Rev. Code 80.36.390" },
];

/** The rows that bind a message of this category to somebody in this state (null: not known, then the federal hours). */
export function callingHours(category: string, state: string | null): readonly CallingHours[] {
  return BINDS.has(category) ? CALLING_HOURS.filter((row) => row.state === "US" || row.state === state) : [];
}
