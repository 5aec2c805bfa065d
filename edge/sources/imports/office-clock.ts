import { Temporal } from "temporal-polyfill";

/** One time of a source, as the office's clock has it. `at` is epoch ms; the others are the office's wall time. */
export type OfficeTime = { at: number; localOn: string; localStartsAt: string; flag: "ok" | "gap" | "ambiguous" };

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:(Z)|([+-])(\d{2}):(\d{2}))?)?$/;
const DAY_MS = 86_400_000;

/**
 * Reads a source's times: with an offset they are instants; without, wall time of the office. A wall time that the
 * clock skips moves forward by the gap, one that it shows twice means the first; `flag` says so. Null for a time that
 * does not exist. Remembers the zones' offsets, so make one for each batch of rows.
 */
export function officeClock(): (text: string, timeZone: string) => OfficeTime | null {
  const offsets = new Map<string, number | null>();
  return (text, timeZone) => {
    const [, day = "", minute = "00:00", second = "00", zulu, sign, hours, minutes] = TIME.exec(text) ?? [];
    const wall = wallMs(day, minute, second);
    if (wall === null) return null;
    const isInstant = zulu !== undefined || sign !== undefined;
    const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000 * (sign === "-" ? -1 : 1);
    const steady = steadyOffset(offsets, timeZone, day);
    if (isInstant) return ofInstant(wall - ahead, timeZone, steady);
    if (steady !== null) return { at: wall - steady, ...local(wall), flag: "ok" };
    return ofWallTime(wall, timeZone);
  };
}

/** Epoch ms of the wall time as if at UTC; null for a day or time that no calendar has. */
function wallMs(day: string, minute: string, second: string): number | null {
  const at = Date.parse(`${day}T${minute}:${second}Z`);
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(`${day}T${minute}:${second}`) ? at : null;
}

function local(wall: number): { localOn: string; localStartsAt: string } {
  const text = new Date(wall).toISOString();
  return { localOn: text.slice(0, 10), localStartsAt: text.slice(0, 16) };
}

function ofInstant(at: number, timeZone: string, steady: number | null): OfficeTime {
  return { at, ...local(at + (steady ?? offsetAt(at, timeZone))), flag: "ok" };
}

function ofWallTime(wall: number, timeZone: string): OfficeTime {
  const plain = Temporal.PlainDateTime.from(new Date(wall).toISOString().slice(0, 19));
  const [zoned, later] = (["compatible", "later"] as const).map((disambiguation) =>
    plain.toZonedDateTime(timeZone, { disambiguation }),
  );
  if (!zoned || !later) throw new Error("no such zone");
  const isGap = !zoned.toPlainDateTime().equals(plain);
  const isTwice = !isGap && later.epochMilliseconds !== zoned.epochMilliseconds;
  return { at: zoned.epochMilliseconds, ...local(wall), flag: isGap ? "gap" : isTwice ? "ambiguous" : "ok" };
}

/**
 * The zone's offset in ms, where it is the same all around that day; null on the few days around a change. Plain
 * arithmetic with it is right there, and asking the zone for each row costs more than all else about the row.
 */
function steadyOffset(known: Map<string, number | null>, timeZone: string, day: string): number | null {
  const key = `${timeZone} ${day}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const midnight = Date.parse(`${day}T00:00Z`);
  const [start, end] = [offsetAt(midnight - DAY_MS, timeZone), offsetAt(midnight + 2 * DAY_MS, timeZone)];
  const steady = start === end ? start : null;
  known.set(key, steady);
  return steady;
}

/** What the zone's clock is ahead of UTC at that instant, in ms. */
export function offsetAt(at: number, timeZone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6;
}
