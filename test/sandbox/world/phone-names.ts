import { parsePhoneNumberFromString } from "libphonenumber-js";
import { seedDay } from "../practice-fusion/seed-day.ts";

const DAY_MS = 86_400_000;

/** Whose phone is whose among the invented patients of the last days; a number shared by several names its first. */
export function phoneNames(now: number, daysBack = 4): Record<string, string> {
  const days = Array.from({ length: daysBack + 1 }, (_, back) =>
    new Date(now - back * DAY_MS).toISOString().slice(0, 10),
  );
  const owners = new Map<string, Set<string>>();
  for (const visit of days.flatMap((on) => seedDay(on))) {
    for (const phone of visit.phones) {
      const number = parsePhoneNumberFromString(phone.replace(/^[A-Z]\. /, ""), "US")?.number;
      if (number) owners.set(number, (owners.get(number) ?? new Set()).add(titleCase(visit.patientName)));
    }
  }
  return Object.fromEntries([...owners].map(([number, names]) => [number, together([...names])]));
}

function together([first = "", ...others]: string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function titleCase(name: string): string {
  return name.toLowerCase().replace(/\b\p{L}/gu, (letter) => letter.toUpperCase());
}
