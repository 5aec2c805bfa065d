import type { imports } from "../../../db/schema/imports.ts";
import { products, purchases } from "../../../db/schema/imports.ts";
import { appointments, patients } from "../../../db/schema/people.ts";
import { ENTITIES, type Entity } from "../../contract/imports.ts";

export type ImportRow = typeof imports.$inferSelect;

/** Where the rows of each entity end up. */
export const CORE_TABLES = {
  patient: patients,
  appointment: appointments,
  product: products,
  purchase: purchases,
} as const satisfies Record<Entity, unknown>;

const COUNTED = ["received", "staged", "unchanged", "rejected", "created", "updated", "removed", "restored"] as const;
/** Of the staged rows: how many the store has in some form, and how many bring an address or a consent. */
const BROUGHT = ["known", "addresses", "consents"] as const;

/** `imports.counts`: what came, and what came of it. */
export type ImportCounts = Record<Entity, Record<(typeof COUNTED | typeof BROUGHT)[number], number>>;

/** All zero, with every place there: the statements that apply an import add to them by their names. */
export function newCounts(): ImportCounts {
  const zeros = () => Object.fromEntries([...COUNTED, ...BROUGHT].map((name) => [name, 0]));
  return Object.fromEntries(ENTITIES.map((entity) => [entity, zeros()])) as ImportCounts;
}
