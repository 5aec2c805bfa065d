import { DIRECTIONS, STATES, SUFFIXES, UNITS } from "./postal-words.ts";

export type RawAddress = { line1: string; line2?: string | undefined; city: string; state: string; zip: string };

/** An address as the post office writes it. `line2` is what is neither street nor unit, such as `C O SMITH`. */
export type StandardAddress = {
  line1: string;
  line2?: string;
  city: string;
  state: string;
  zip5: string;
  zip4?: string;
};

/** What may be wrong with an address as far as it can be seen without a list of addresses. */
export type AddressProblem = "number_missing" | "state_unknown" | "zip_malformed" | "zip_not_in_state";

/**
 * Upper case, no accents or points, the abbreviations of Publication 28, the unit behind the street, two letters for
 * the state. Two ways to write one address come out the same, which is what a household is known by. It looks nothing
 * up: whether the address exists only a certified (CASS) service can say.
 */
export function standardiseLocally(raw: RawAddress): { address: StandardAddress; problems: AddressProblem[] } {
  const street = tokens(raw.line1);
  const more = tokens(raw.line2 ?? "");
  const isUnit = more.length > 0 && (more[0] ?? "") in UNITS;
  const [primary, unit] = splitUnit(isUnit ? [...street, ...more] : street);
  const line1 = [...abbreviate(primary), ...unit].join(" ");
  const state = STATES.get(words(raw.state));
  const [, zip5, zip4] = /^(\d{5})-?(\d{4})?$/.exec(raw.zip.replaceAll(" ", "")) ?? [];
  const address: StandardAddress = {
    line1,
    ...(more.length > 0 && !isUnit && { line2: more.join(" ") }),
    city: words(raw.city),
    state: state?.code ?? words(raw.state),
    zip5: zip5 ?? words(raw.zip),
    ...(zip4 && { zip4 }),
  };
  const problems: AddressProblem[] = [
    ...(/^(\d|PO BOX |RR |HC |PSC |GENERAL DELIVERY)/.test(line1) ? [] : (["number_missing"] as const)),
    ...(state ? [] : (["state_unknown"] as const)),
    ...(zip5 ? [] : (["zip_malformed"] as const)),
    ...(zip5 && state && !state.zipStarts.includes(zip5.charAt(0)) ? (["zip_not_in_state"] as const) : []),
  ];
  return { address, problems };
}

function words(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toUpperCase();
  return plain
    .replaceAll(/[.,'’]/g, "")
    .replaceAll(/[^A-Z0-9#/ -]/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function tokens(text: string): string[] {
  const plain = words(text)
    .replaceAll(/#\s*/g, "# ")
    .replace(/^P ?O BOX /, "PO BOX ");
  return plain === "" ? [] : plain.trim().split(" ");
}

/** From the first unit's word that has something behind it, and is not the street's own name. */
function splitUnit(all: string[]): [primary: string[], unit: string[]] {
  const at = all.findIndex((word, index) => index >= 2 && word in UNITS && index < all.length - 1);
  if (at < 0) return [all, []];
  const [designator = "", ...rest] = all.slice(at);
  // `APT # 3` says the same thing twice.
  const short = [UNITS[designator] ?? designator, ...rest.filter((word) => word !== "#")];
  return [all.slice(0, at), short];
}

/** Directions at the ends and the suffix behind the name; `NORTH ST` and `AVENUE B` keep their names. */
function abbreviate(primary: string[]): string[] {
  const [number = "", ...street] = primary;
  if (!/^\d/.test(number)) return primary;
  const rest = [...street];
  const after = rest.length > 2 ? DIRECTIONS[rest.at(-1) ?? ""] : undefined;
  if (after) rest.pop();
  const suffix = rest.length > 1 ? SUFFIXES[rest.at(-1) ?? ""] : undefined;
  if (suffix) rest.pop();
  const before = rest.length > 1 ? DIRECTIONS[rest[0] ?? ""] : undefined;
  if (before) rest.shift();
  return [number, ...(before ? [before] : []), ...rest, ...(suffix ? [suffix] : []), ...(after ? [after] : [])];
}
