import { sql } from "drizzle-orm";
import { dropPeople, peopleWithNothing } from "./drop-people.ts";
import type { PurgeStep } from "./purge.ts";

const BATCH = 200;

/** People whom their source removed, once nothing else is left of them. Whom a source still shows stays. */
export const purgePeople: PurgeStep = {
  kind: "people",
  counts: "people",
  batch(_, before) {
    const gone = sql`person.removed_at IS NOT NULL AND person.removed_at < ${before}`;
    const { theirs, people } = dropPeople(peopleWithNothing(gone, BATCH));
    return { first: theirs, purges: people };
  },
};
