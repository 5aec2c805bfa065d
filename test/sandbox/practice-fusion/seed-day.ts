import type { Visit } from "./world.ts";

const GIVEN = "RIVER ASH SKY ROWAN WREN SAGE LARK CEDAR FERN REED BRIAR JUNIPER ONYX PIPER QUILL MARLOW".split(" ");
const FAMILY =
  "TESTERLY PLACEHOLDER SAMPLE MOCKFORD FIXTURE DUMMOND STUBBS FAKENHAM EXAMPLETON TRIALWOOD DRAFTLEY SPECIMEN".split(
    " ",
  );
const PROVIDERS = ["BHUC COMMON GROUND", "BHUC COMMON GROUND", "ES OAKLAND", "ES MACOMB", "CNS"];
const TYPES = ["CLINICIAN", "CLINICIAN", "CLINICIAN", "NP FOLLOW UP", "FOLLOW UP REQ", "MED REFILL", "THERAPY"];
const STATUSES = ["Seen", "Seen", "Seen", "Seen", "Cancelled", "Scheduled", "Checked in", "No show"];

/**
 * The visits of a day, the same for the same day on every machine: invented people with the fictional phone range,
 * and the oddities a real day has (no phone, two phones, an extension, a nickname).
 */
export function seedDay(on: string, count = 24): Visit[] {
  const random = randomFrom(on);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const minute = 8 * 60 + index * 20 + Math.floor(random() * 4) * 5;
    const visit: Visit = {
      patientName: `${GIVEN[index % GIVEN.length]} ${pick(FAMILY)}`,
      birthDate: `${1940 + Math.floor(random() * 65)}-${two(1 + Math.floor(random() * 12))}-${two(1 + Math.floor(random() * 28))}`,
      phones: phonesFor(index, random),
      startsAt: `${two(Math.floor(minute / 60))}:${two(minute % 60)}`,
      minutes: pick([20, 30, 60]),
      provider: pick(PROVIDERS),
      type: pick(TYPES),
      status: pick(STATUSES),
    };
    return index % 9 === 4 ? { ...visit, nickname: visit.patientName.slice(0, 3) } : visit;
  });
}

function phonesFor(index: number, random: () => number): string[] {
  const mobile = `M. (202) 555-01${two(Math.floor(random() * 100))}`;
  if (index % 11 === 7) return [];
  if (index % 8 === 3) return [`H. (202) 555-01${two(Math.floor(random() * 100))}`, mobile];
  return index % 13 === 5 ? [`${mobile} ext 22`] : [mobile];
}

const two = (value: number) => String(value).padStart(2, "0");

/** Mulberry32 seeded with a string: small, and the same everywhere. */
function randomFrom(seed: string): () => number {
  let state = 2166136261;
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
