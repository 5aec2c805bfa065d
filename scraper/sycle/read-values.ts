/** Values as databases keep them, as text, day, time, flag or number of the contract; undefined where there is none. */

export function text(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const words = String(value).trim();
  return words === "" ? undefined : words;
}

/** `1`, `t`, `Y`, `yes` and the like are true; anything else that is said is false. */
export function flag(value: unknown): boolean | undefined {
  const word = text(value)?.toLowerCase();
  return word === undefined ? undefined : /^(1|t|true|y|yes)$/.test(word);
}

/** `YYYY-MM-DD`; MySQL's zero date is no day. */
export function day(value: unknown): string | undefined {
  const words = text(value)?.slice(0, 10);
  return words?.startsWith("0000") ? undefined : words;
}

/** A time as it is stored, with the offset it has, PostgreSQL's `+00` written out; in UTC where the clinic says so. */
export function time(value: unknown, timesAre: "local" | "utc"): string | undefined {
  const words = text(value);
  if (words === undefined || words.startsWith("0000")) return undefined;
  const [, whole = "", offset = ""] = /^(.{16,}?)(Z|[+-]\d{2}(?::\d{2})?)?$/.exec(words) ?? [];
  if (offset) return `${whole}${/^.\d{2}$/.test(offset) ? `${offset}:00` : offset}`;
  return timesAre === "utc" && whole ? `${words}Z` : words;
}

export function count(value: unknown): number | undefined {
  const words = text(value);
  return words === undefined ? undefined : Number(words);
}
