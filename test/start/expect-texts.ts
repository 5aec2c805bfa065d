import { parsePhoneNumberFromString } from "libphonenumber-js";
import { Temporal } from "temporal-polyfill";
import type { TenantSettings } from "../../edge/tenant-settings.ts";
import { seedDay } from "../sandbox/practice-fusion/seed-day.ts";

const ZONE = "America/New_York";

/** The days that the first reading covers, as the clinic counts them. */
export function daysRead(daysBack: number): string[] {
  const today = Temporal.Now.zonedDateTimeISO(ZONE).toPlainDate();
  return Array.from({ length: daysBack + 1 }, (_, back) => today.subtract({ days: back }).toString());
}

/**
 * Which numbers should be texted, worked out from the pretend EHR's rows alone and not by the product's code: visits
 * seen, of an asked-for kind, young enough, with a number; each number once.
 */
export function numbersToText(
  days: string[],
  ask: Pick<TenantSettings["ask"], "providers" | "serviceTypes">,
): Set<string> {
  const oldest = Temporal.Now.instant().subtract({ hours: 48 });
  const numbers = new Set<string>();
  for (const on of days) {
    for (const visit of seedDay(on)) {
      const began = Temporal.PlainDateTime.from(`${on}T${visit.startsAt}`).toZonedDateTime(ZONE).toInstant();
      const isAsked =
        visit.status === "Seen" &&
        ask.serviceTypes.includes(visit.type) &&
        ask.providers.includes(visit.provider) &&
        Temporal.Instant.compare(began, oldest) > 0;
      const number = isAsked ? mobileOf(visit.phones) : undefined;
      if (number) numbers.add(number);
    }
  }
  return numbers;
}

function mobileOf(phones: string[]): string | undefined {
  const shown = phones.find((phone) => phone.startsWith("M.")) ?? phones[0];
  return shown && parsePhoneNumberFromString(shown.replace(/^[A-Z]\. /, ""), "US")?.number;
}
