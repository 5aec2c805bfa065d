import { calendarDay } from "./page-date.ts";
import { type PhoneReading, readPhone } from "./phone.ts";
import { tidy } from "./text.ts";

export type Patient = { patientName: string; nickname?: string; birthDate: string } & PhoneReading;
export type PatientProblem = "dob_missing" | "dob_invalid" | "name_missing";

const BIRTH_DATE = /(?<!\d)(\d{1,2})\/(\d{1,2})\/(\d{4})(?!\d)/;
/** Something meant as a date, such as `3/9/84`: the difference between a birth date that is wrong and none at all. */
const DATE_LIKE = /(?<!\d)\d{1,4}[/-]\d{1,2}[/-]\d{1,4}(?!\d)/;
const BIRTH_LABEL = /\b(?:d\.?o\.?b\.?|born|birth ?date|date of birth)\s*:?\s*$/i;
/** Lines that stand between name and birth date in the older layouts and are no part of the name. */
const NOT_A_NAME = /^(?:male|female|m|f|unknown|he\/.*|she\/.*|they\/.*|.*:)$|\d/i;
const NICKNAME = /["“”]([^"“”]*)["“”]|\(([^()]*)\)/;

/**
 * Reads a patient from the lines of their cell, by content and not by place: the birth date is the line that holds
 * `M/D/YYYY`, the name stands before it, the phones after it. `birthDateField` is the text of the element that
 * the page marks as the birth date; where there is one, no other date will do. `day` is the day of the visit: nobody is born after it.
 */
export function readPatient(lines: string[], birthDateField: string, day: string): Patient | PatientProblem {
  const at = lines.findIndex(
    (each) => BIRTH_DATE.test(each) && (birthDateField === "" || birthDateField.includes(each)),
  );
  const line = lines[at];
  const match = line === undefined ? null : BIRTH_DATE.exec(line);
  if (line === undefined || !match) {
    return birthDateField !== "" || lines.some((each) => DATE_LIKE.test(each)) ? "dob_invalid" : "dob_missing";
  }
  const birthDate = calendarDay(Number(match[3]), Number(match[1]), Number(match[2]));
  if (birthDate === undefined || birthDate > day) return "dob_invalid";
  const named = readName([...lines.slice(0, at), line.slice(0, match.index).replace(BIRTH_LABEL, "")]);
  if (named.patientName === "") return "name_missing";
  return { ...named, birthDate, ...readPhone(lines.slice(at + 1)) };
}

/** The legal name, with the nickname in quotes or brackets kept apart from it. */
function readName(lines: string[]): { patientName: string; nickname?: string } {
  const whole = lines.filter((line, index) => index === 0 || !NOT_A_NAME.test(line.trim())).join(" ");
  const quoted = NICKNAME.exec(whole);
  if (!quoted) return { patientName: tidy(whole) };
  const nickname = tidy(quoted[1] ?? quoted[2] ?? "");
  const patientName = tidy(whole.replace(NICKNAME, " "));
  return nickname === "" ? { patientName } : { patientName, nickname };
}
