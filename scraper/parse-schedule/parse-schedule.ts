import type { AppointmentRow } from "../../edge/contract/appointments.ts";
import { parsePage } from "../parse-page.ts";
import { collectPage, type Page, type PageLayout, type PageRow } from "./collect-page.ts";
import { KNOWN_WORDS, type KnownWords } from "./known-words.ts";
import { type RowProblem, readRow } from "./read-row.ts";

/** Why nothing of a page may be stored. */
export type PageProblem = "date_missing" | "date_mismatch" | "layout_unknown" | "nested_too_deep";
/** What was odd about a page whose rows are good all the same. */
export type PageNote = "print_stale" | "layout_mismatch";

export type ParsedSchedule = {
  /** The day that the page says it shows, `YYYY-MM-DD`; null when it does not say, or contradicts itself. */
  date: string | null;
  layout: PageLayout | null;
  rows: AppointmentRow[];
  /** Rows that could not be read: the place in their table, counted from 1 without the header, and the reason. */
  errors: { row: number; code: RowProblem }[];
  /** Rows left out because they repeat another one in every part. */
  duplicates: number;
  notes: PageNote[];
  problem?: PageProblem;
};

export type ParseOptions = {
  /** The day that was asked for; a page that shows another one is refused. */
  date?: string;
  /** Providers as this EHR words them; added to the listed ones. */
  providers?: string[];
};

/**
 * Reads a saved schedule page of the EHR. Pure, and never throws: a row that cannot be read is counted and the others
 * are kept; a page that must not be stored has a `problem` and no rows. Times are clinic-local wall time.
 */
export function parseSchedule(html: string, options: ParseOptions = {}): ParsedSchedule {
  const document = parsePage(html);
  if (!document) return refused("nested_too_deep", null);
  const page = collectPage(document);
  const { date, isPrintStale } = dayOf(page, options.date);
  if (page.printDays.size + page.mainDays.size === 0) return refused("date_missing", null);
  if (!page.tables.print && !page.tables.main && !page.tables.legacy) return refused("layout_unknown", date);
  if (date === null) return refused("date_mismatch", null);
  const words = { ...KNOWN_WORDS, providers: [...KNOWN_WORDS.providers, ...(options.providers ?? [])] };
  const read = (layout: PageLayout) => readTable(page.tables[layout], layout, date, words);
  const main = read("main");
  const print = isPrintStale ? undefined : read("print");
  if (isPrintStale && page.tables.print && !main) return refused("date_mismatch", date);
  const notes: PageNote[] = isPrintStale && page.tables.print ? ["print_stale"] : [];
  if (main && print) return agree(print, main) ? print : { ...main, notes: ["layout_mismatch"] };
  const table = print ?? main ?? (isPrintStale ? undefined : read("legacy"));
  return table ? { ...table, notes } : refused("date_mismatch", date);
}

function refused(problem: PageProblem, date: string | null): ParsedSchedule {
  return { date, layout: null, rows: [], errors: [], duplicates: 0, notes: [], problem };
}

/**
 * The day the page shows. The schedule's own heading is believed before that of the print view, which may be left over
 * from another day; a heading that contradicts the day asked for, or itself, settles nothing.
 */
function dayOf(
  { printDays, mainDays }: Page,
  asked: string | undefined,
): { date: string | null; isPrintStale: boolean } {
  const days = mainDays.size > 0 ? mainDays : printDays;
  const [day, ...others] = days;
  const date = day !== undefined && others.length === 0 && (asked ?? day) === day ? day : null;
  return { date, isPrintStale: [...printDays].some((each) => each !== date) };
}

function readTable(
  pageRows: PageRow[] | undefined,
  layout: PageLayout,
  date: string,
  words: KnownWords,
): ParsedSchedule | undefined {
  if (!pageRows) return undefined;
  const table: ParsedSchedule = { date, layout, rows: [], errors: [], duplicates: 0, notes: [] };
  const seen = new Set<string>();
  for (const [index, pageRow] of pageRows.entries()) {
    const row = readRow(pageRow, date, words);
    if (typeof row === "string") table.errors.push({ row: index + 1, code: row });
    else if (seen.size === seen.add(JSON.stringify(row)).size) table.duplicates += 1;
    else table.rows.push(row);
  }
  return table;
}

/**
 * Whether the print view shows the visits that the main table shows. A visit of one may be missing in the other only
 * if the other has an unreadable row that may be it; a print view without any visit never stands for a main table
 * that has some.
 */
function agree(print: ParsedSchedule, main: ParsedSchedule): boolean {
  if (print.rows.length === 0 && main.rows.length > 0) return false;
  const visit = ({ patientName, birthDate, startsAt }: AppointmentRow) => `${startsAt}|${birthDate}|${patientName}`;
  const inPrint = new Set(print.rows.map(visit));
  const inMain = new Set(main.rows.map(visit));
  return (
    inPrint.difference(inMain).size <= main.errors.length && inMain.difference(inPrint).size <= print.errors.length
  );
}
