import type { LinkName } from "./facts.ts";

/** The links of one visit, all under one address: to confirm, to ask for another time, for the calendar. */
export function visitLinks(address: string): Pick<Record<LinkName, string>, "cl" | "rl" | "il"> {
  return { cl: address, rl: `${address}/time`, il: `${address}/ics` };
}

/** The tokens that stand for them. */
export const VISIT_LINKS: readonly LinkName[] = ["cl", "rl", "il"];
