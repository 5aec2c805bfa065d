import { Temporal } from "temporal-polyfill";

/** A hearing-aid practice as its own system would keep it, before it is put into that system's words. */
export type Practice = { people: Person[]; visits: Visit[]; sales: Sale[] };
export type Person = {
  id: number;
  given: string;
  family: string;
  birthDate: string;
  /** As somebody typed it; empty for none. */
  phone: string;
  office: string;
  language: string;
  hasBought: boolean;
  doNotContact: boolean;
  /** When they said yes to texts; most have. */
  consentedOn?: string;
  /** When they signed a paper that says yes to offers by text. It lies at the clinic; its own system has no field for it. */
  offersOn?: string;
  /** The house they live in, by number. */
  house: number;
};
/** `startsAt` is the office's wall time, `YYYY-MM-DDTHH:MM:00`. */
export type Visit = { id: number; person: Person; name: string; status: string; startsAt: string; provider: string };
export type Sale = { id: number; person: Person; visit: Visit; product: "aid" | "batteries"; soldAt: string };

export type PracticeOptions = {
  offices: { code: string; timeZone: string }[];
  /** Its phone numbers are 555-01xx of this area, which belong to nobody. */
  areaCode: string;
  /** A kind of visit that nobody is reminded of. */
  leftOut: string;
  /** How many more than six bought three years ago; every fourth of them lives with the one before. */
  moreBuyers?: number;
  now: number;
};

/** What people said yes to, on the clinic's two papers. */
export const OFFERS_WORDING = "You may text me offers. I can say STOP at any time; it is no condition of my care.";
export const CONSENT_WORDING = "You may text me about my visits and my care. Message rates may apply.";

const GIVEN = "Ada Bo Cleo Dara Eli Fern Gus Hana Ivo June Kai Lena Milo Nell Otto Pia Quin Rosa Sol Tess".split(" ");
const FAMILY = "Nyström O'Neil Abbott Okafor Marsh Delgado Fox Ibarra Kline Lund Moreau Novak Ortiz Pell Rourke".split(
  " ",
);
const KINDS = ["Hearing Test", "Fitting", "Follow Up", "Repair"];
const PROVIDERS = ["Dr. Reed", "Dr. Alonso"];
const COMING = ["Confirmed", "Not Confirmed", "Confirmed"];

/**
 * Invents a practice around `now`: visits two hours and a day ahead, of which reminders are due, others of the days
 * around it at ordinary hours, what was bought lately and three years ago, and prospects who came half a year ago. The
 * same options give the same practice.
 */
export function inventPractice({ offices, areaCode, leftOut, now, moreBuyers = 0 }: PracticeOptions): Practice {
  const people: Person[] = [];
  const visits: Visit[] = [];
  const sales: Sale[] = [];
  const arrive = (changes: Partial<Person> = {}) => {
    const person = { ...personOf(people.length, areaCode, offices), ...changes };
    people.push(person);
    return person;
  };
  const come = (person: Person, startsAt: Temporal.PlainDateTime, status: string, changes: Partial<Visit> = {}) => {
    const id = visits.length + 1;
    const [name = "", provider = ""] = [KINDS[id % KINDS.length], PROVIDERS[id % PROVIDERS.length]];
    const at = startsAt.toString({ smallestUnit: "second" });
    const visit = { id, person, name, status, provider, startsAt: at, ...changes };
    visits.push(visit);
    return visit;
  };
  const buy = (visit: Visit, product: Sale["product"]) => {
    visit.person.hasBought = true;
    sales.push({ id: sales.length + 1, person: visit.person, visit, product, soldAt: visit.startsAt });
  };
  const clockOf = ({ office }: Person) =>
    wallClock(offices.find(({ code }) => code === office)?.timeZone ?? "UTC", now);

  const ahead = (person: Person, minutes: number, status: string, changes?: Partial<Visit>) =>
    come(person, fiveMinutes(clockOf(person).add({ minutes })), status, changes);
  for (const minutes of [100, 110, 119]) ahead(arrive(), minutes, "Confirmed");
  for (const [index, minutes] of [1_390, 1_400, 1_415, 1_425, 1_438].entries()) {
    ahead(arrive(), minutes, COMING[index % COMING.length] ?? "Confirmed");
  }
  ahead(arrive({ language: "es" }), 1_430, "Confirmed");
  ahead(arrive({ phone: "" }), 1_420, "Not Confirmed");
  ahead(arrive({ phone: "555-01" }), 1_410, "Confirmed");
  ahead(arrive(), 1_405, "Confirmed", { name: leftOut });
  ahead(arrive({ doNotContact: true }), 1_395, "Confirmed");
  ahead(arrive(), 1_435, "Cancelled");
  // A word that the clinic's settings do not know: no message, and a note on the page of imports.
  ahead(arrive(), 1_400, "Waitlisted");

  for (const days of [2, 3, 3, 6, 9]) {
    const person = arrive();
    come(person, atHour(clockOf(person), days, 9 + (days % 7)), COMING[days % COMING.length] ?? "Confirmed");
  }
  for (const [days, status] of [
    [-1, "Completed"],
    [-1, "Completed"],
    [-1, "No Show"],
    [-2, "Completed"],
  ] as const) {
    const person = arrive();
    const visit = come(person, atHour(clockOf(person), days, 10 + (people.length % 6)), status);
    if (status === "Completed") buy(visit, days === -1 ? "aid" : "batteries");
  }
  for (const [index, days] of [-1_070, -1_080, -1_090, -1_095, -1_100, -1_115].entries()) {
    const person = arrive(index % 2 === 0 ? { offersOn: `2025-03-1${index}` } : {});
    buy(come(person, atHour(clockOf(person), days, 11), "Completed"), "aid");
  }
  for (const days of [-182, -186, -190, -195]) {
    const person = arrive();
    come(person, atHour(clockOf(person), days, 14), "Completed", { name: "Hearing Test" });
  }
  for (let index = 0; index < moreBuyers; index += 1) {
    const before = people.at(-1);
    const isSpouse = index % 4 === 3 && before;
    const person = arrive({
      ...(isSpouse && { house: before.house, family: before.family }),
      ...(index % 5 === 2 && { language: "es" }),
      ...(index % 3 === 0 && { offersOn: `2025-04-${10 + index}` }),
    });
    buy(come(person, atHour(clockOf(person), -1_072 - 2 * index, 15), "Completed"), "aid");
  }
  return { people, visits, sales };
}

function personOf(index: number, areaCode: string, offices: PracticeOptions["offices"]): Person {
  return {
    id: index + 1,
    given: GIVEN[index % GIVEN.length] ?? "",
    family: FAMILY[(index * 4) % FAMILY.length] ?? "",
    birthDate: `19${40 + (index % 30)}-0${1 + (index % 9)}-1${index % 10}`,
    phone: `(${areaCode}) 555-01${String(index + 1).padStart(2, "0")}`,
    office: offices[index % offices.length]?.code ?? "",
    language: "en",
    hasBought: false,
    doNotContact: false,
    house: 11 + index,
    ...(index % 4 !== 3 && { consentedOn: `202${3 + (index % 3)}-05-1${index % 10}` }),
  };
}

function wallClock(timeZone: string, now: number): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDateTime();
}

/** Visits are booked in steps of five minutes; earlier, so that what is due before them is due now. */
function fiveMinutes(at: Temporal.PlainDateTime): Temporal.PlainDateTime {
  return at.round({ smallestUnit: "minute", roundingIncrement: 5, roundingMode: "floor" });
}

function atHour(now: Temporal.PlainDateTime, days: number, hour: number): Temporal.PlainDateTime {
  return now.toPlainDate().add({ days }).toPlainDateTime({ hour, minute: 30 });
}
