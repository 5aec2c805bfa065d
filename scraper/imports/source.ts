import type { Entity } from "../../edge/contract/imports.ts";
import type { Log } from "../log.ts";

/** Local days, inclusive; without `purchasesFrom` all purchases are read. */
export type ImportWindow = { appointmentsFrom: string; appointmentsTo: string; purchasesFrom?: string };

/** Some rows of one entity, as the contract has them; the edge looks at each again. */
export type Batch = { entity: Entity; rows: object[] };

/**
 * Reads a source from beginning to end and never writes there. Ends without an error only when everything inside the
 * window was read; else it throws, best an `ImportFailure`.
 */
export type ReadSource = (window: ImportWindow, deps: { log: Log; signal: AbortSignal }) => AsyncIterable<Batch>;

/** What can be read, by the name the edge asks for it under. */
export type Sources = Record<string, ReadSource>;
