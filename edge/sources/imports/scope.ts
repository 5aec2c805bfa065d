import { ImportScope } from "../../contract/imports.ts";
import type { ImportRow } from "./import-row.ts";

/** A reading from the future would make every true one after it count as older: no more than this is let pass. */
export const CLOCKS_APART_MS = 5 * 60_000;

/** What an import read, as the removals need it: no span, no removals for absence. */
export type Scope = {
  entities: ImportScope["entities"];
  whole: ImportScope["whole"];
  visits: { from: string; to: string } | null;
  purchasesFrom: string | null;
};

/** What was read, as removals look at it. */
export function scopeOf(row: Pick<ImportRow, "scope">): Scope {
  const { entities, whole, appointmentsFrom, appointmentsTo, purchasesFrom } = ImportScope.parse(JSON.parse(row.scope));
  const isSpan = entities.includes("appointment") && appointmentsFrom !== undefined && appointmentsTo !== undefined;
  return {
    entities,
    whole: whole.filter((each) => entities.includes(each)),
    visits: isSpan ? { from: appointmentsFrom, to: appointmentsTo } : null,
    purchasesFrom: entities.includes("purchase") ? (purchasesFrom ?? null) : null,
  };
}

/** Whether two imports read some entity both. */
export function overlaps(one: Pick<ImportRow, "scope">, other: Pick<ImportRow, "scope">): boolean {
  const { entities } = scopeOf(other);
  return scopeOf(one).entities.some((entity) => entities.includes(entity));
}
