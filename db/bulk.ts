import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

export type Cell = string | number | null;

/**
 * One INSERT of many rows, sent as one JSON parameter: hundreds of rows cost one statement and no parameter limit.
 * `rows` are objects of cells; cells named like a column of the table go into it, others can be used in `columns`
 * through `cell(name)`. `columns` gives further columns as SQL, the same for all rows or computed from cells.
 */
export function insertRows(
  table: SQLiteTable,
  rows: Record<string, Cell>[],
  columns: Record<string, SQL>,
  end = sql``,
): SQL {
  const known = getTableColumns(table);
  const own = Object.keys(rows[0] ?? {}).filter((name) => known[name] && !columns[name]);
  const sources: Record<string, SQL> = { ...Object.fromEntries(own.map((name) => [name, cell(name)])), ...columns };
  const names = Object.keys(sources).map((property) => {
    const column = known[property];
    if (!column) throw new Error(`no column ${property}`);
    return sql.raw(`"${column.name}"`);
  });
  const from = sql`FROM json_each(${JSON.stringify(rows)}) WHERE true ${end}`;
  return sql`INSERT INTO ${table} (${list(names)}) SELECT ${list(Object.values(sources))} ${from}`;
}

/** The named cell of the row at hand, inside `insertRows`. */
export function cell(name: string): SQL {
  return sql.raw(`json_extract(value, '$.${name}')`);
}

/** `IN (…)` over any number of values, as one parameter. */
export function inList(values: readonly (string | number)[]): SQL {
  return sql`IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

function list(parts: SQL[]): SQL {
  return sql.join(parts, sql`, `);
}
