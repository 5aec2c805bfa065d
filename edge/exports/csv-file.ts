import { stringify } from "csv-stringify/sync";

/** A column of a file: what it is called, how many characters it holds at most, and what stands in it. */
export type Column<Row> = { header: string; most: number; value: (row: Row) => string };

/**
 * A file of these columns as text, in parts of so many rows that make the file one after the other: UTF-8 without a BOM,
 * comma, LF, header first and LF last. Quoted where a cell holds a comma, quote, backslash, line end, tab or space. A
 * value never holds a line end, is never cut within a character, and is no formula to a spreadsheet that opens the file.
 */
export function csvParts<Row>(columns: Column<Row>[], rows: Row[], rowsPerPart: number): string[] {
  const lines = [columns.map(({ header }) => header), ...rows.map((row) => columns.map((column) => cell(column, row)))];
  const parts = Array.from({ length: Math.ceil(lines.length / rowsPerPart) }, (_, part) =>
    lines.slice(part * rowsPerPart, (part + 1) * rowsPerPart),
  );
  return parts.map((part) =>
    stringify(part, { record_delimiter: "unix", quoted_match: /[ \t\r\n,"\\]/, escape_formulas: true }),
  );
}

function cell<Row>({ most, value }: Column<Row>, row: Row): string {
  const plain = value(row)
    .toWellFormed()
    .replace(/\s+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .trim();
  return [...plain].slice(0, most).join("");
}
