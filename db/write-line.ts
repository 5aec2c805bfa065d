/**
 * One line per database for the writes of this isolate. SQLite has one writer, and a sqld that is given hundreds at once
 * spends its processor on their waiting (seen: 400 callbacks, 240 busy threads, next to nothing written for minutes). So
 * they wait here, where it costs nothing.
 *
 * Each waits in its own request, by timers, never on another's promise: a request whose client went away just stops,
 * and those behind it go on once it counts as lost.
 */
const AT_ONCE = 2;
const LOOK_MS = 2;

type Place = { enteredAt: number; lostAt: number };
type Line = { places: Set<Place>; failedAt: number };
const lines = new Map<string, Line>();

/** The write could not be begun within its deadline, or one before it found that the store does not answer. */
export class LineStuck extends Error {
  override name = "LineStuck";
}

/** Runs the write when it is its turn. Throws `LineStuck` rather than wait longer than `deadlineMs`. */
export async function inLine<Result>(
  database: string,
  deadlineMs: number,
  write: () => Promise<Result>,
): Promise<Result> {
  const line = lines.get(database) ?? { places: new Set(), failedAt: 0 };
  lines.set(database, line);
  const enteredAt = Date.now();
  const place: Place = { enteredAt, lostAt: enteredAt + 2 * deadlineMs };
  line.places.add(place);
  try {
    for (let ahead = countAhead(line, place); ahead >= AT_ONCE; ahead = countAhead(line, place)) {
      // Behind a store that has stopped answering, nobody waits out a deadline of his own.
      if (line.failedAt >= enteredAt || Date.now() > enteredAt + deadlineMs) throw new LineStuck();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS * (ahead - AT_ONCE + 1)));
    }
    return await write();
  } finally {
    line.places.delete(place);
  }
}

/** Says that the store does not answer, to all who wait for it. */
export function failLine(database: string): void {
  const line = lines.get(database);
  if (line) line.failedAt = Date.now();
}

/** Places before this one, without those whose request is gone. */
function countAhead({ places }: Line, own: Place): number {
  const now = Date.now();
  let ahead = 0;
  for (const place of places) {
    if (place === own) return ahead;
    if (place.lostAt < now) places.delete(place);
    else ahead += 1;
  }
  return ahead;
}
