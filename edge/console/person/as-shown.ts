/** An instant (epoch ms) as ISO 8601, UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** The row without what is of use to the desk alone. */
export function without<Row extends object, Name extends keyof Row>(row: Row, ...names: Name[]): Omit<Row, Name> {
  const rest = { ...row };
  for (const name of names) delete rest[name];
  return rest;
}

/** A row for people and other programs: instants (`…At`, `at`) as ISO 8601, cells without a value left out. */
export function asShown(row: object): Record<string, unknown> {
  const shown = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(shown.map(([name, value]) => [name, isInstant(name, value) ? iso(value) : value] as const));
}

function isInstant(name: string, value: unknown): value is number {
  return typeof value === "number" && /(^at|At)$/.test(name);
}
