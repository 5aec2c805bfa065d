import { parsePhoneNumberFromString } from "libphonenumber-js";
import { inventPractice, type Practice } from "./invent.ts";

export type PracticeName = "bcb" | "mhc" | "ssm";

/** The practices behind the starter kits, with the kits' offices, around `now` (epoch ms). */
export function inventAll(now: number): Record<PracticeName, Practice> {
  const boulder = { code: "BLD", timeZone: "America/Denver" };
  const tempe = { code: "TMP", timeZone: "America/Phoenix" };
  const joliet = { code: "JOL", timeZone: "America/Chicago" };
  const fresno = { code: "F1", timeZone: "America/Los_Angeles" };
  return {
    bcb: inventPractice({ offices: [fresno], areaCode: "559", leftOut: "Blocked", now, moreBuyers: 20 }),
    mhc: inventPractice({ offices: [boulder, tempe], areaCode: "303", leftOut: "In Trial Call Back", now }),
    ssm: inventPractice({ offices: [joliet], areaCode: "708", leftOut: "Call Back", now }),
  };
}

/** Whose phone is whose. */
export function ownersOf(practices: Record<string, Practice>): Record<string, string> {
  const people = Object.values(practices).flatMap((practice) => practice.people);
  const owned = people.flatMap(({ phone, given, family }) => {
    const number = parsePhoneNumberFromString(phone, "US")?.number;
    return number ? [[number, `${given} ${family}`] as const] : [];
  });
  return Object.fromEntries(owned);
}
