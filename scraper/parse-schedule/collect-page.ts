import type { Document } from "../parse-page.ts";
import {
  type Cell,
  collectCell,
  collectText,
  type Element,
  isLegacyCell,
  type Node,
  type RowMarks,
} from "./collect-cell.ts";
import { dayInHeading } from "./page-date.ts";
import { tidy } from "./text.ts";

/** One row of a schedule table, with the text of its cells and what the page marks in it. */
export type PageRow = RowMarks & { cells: Cell[] };
export type PageLayout = "print" | "main" | "legacy";
export type Page = {
  /** Days that headings of the print view name, and days that the schedule's own headings name; usually one each. */
  printDays: Set<string>;
  mainDays: Set<string>;
  /** The rows of each layout the page holds; an empty list for a table without rows, undefined for no such table. */
  tables: Partial<Record<PageLayout, PageRow[]>>;
};

type Zone = PageLayout | "none";
type Walk = { page: Page; looseDays: Set<string>; columns: Map<PageLayout, string[]> };

const HEADING = /^h[1-6]$/;
const PRINT_HEADING = /^schedule\b.*\bview\b\s*-/i;
/** A heading that is a date and nothing else. */
const BARE_DATE = /^(?:[a-z]{3,9}\.?,?\s+)?(?:[a-z]{3,9}\.?,?\s+\d{1,2},?\s+\d{4}|\d{1,2}\/\d{1,2}\/\d{4})$/i;

/** Gathers, in one walk over the page, the days its headings name and the rows of every schedule table in it. */
export function collectPage(document: Document): Page {
  const page: Page = { printDays: new Set(), mainDays: new Set(), tables: {} };
  const walk: Walk = { page, looseDays: new Set(), columns: new Map() };
  for (const node of document.children) visit(node, "none", walk);
  if (page.mainDays.size + page.printDays.size === 0) page.mainDays = walk.looseDays;
  return page;
}

function visit(node: Node, zone: Zone, walk: Walk): void {
  if (!("attribs" in node) || node.name === "script" || node.name === "style") return;
  const inner = zoneOf(node, zone);
  if (inner === "print" || inner === "main") walk.page.tables[inner] ??= [];
  if (HEADING.test(node.name)) noteHeading(node, walk);
  else if (isRow(node, inner)) noteRow(node, inner === "none" ? "legacy" : inner, walk);
  else for (const child of node.children) visit(child, inner, walk);
}

function noteHeading(heading: Element, { page, looseDays }: Walk): void {
  const text = tidy(collectText(heading));
  const day = dayInHeading(text);
  if (day === undefined) return;
  const classes = (heading.attribs.class ?? "").split(/\s+/);
  if (PRINT_HEADING.test(text)) page.printDays.add(day);
  else if (classes.includes("h3") && classes.includes("box-margin-Bn")) page.mainDays.add(day);
  else if (BARE_DATE.test(text)) looseDays.add(day);
}

function zoneOf({ attribs }: Element, zone: Zone): Zone {
  const mark = attribs["data-element"];
  if (mark === "table-agenda-print") return "print";
  if (mark === "appointments-table") return "main";
  return zone === "none" && /\bagenda-container\b/.test(attribs.class ?? "") ? "legacy" : zone;
}

/** Rows are `tr`s; the main table marks its own, and the oldest layout is known by its cells' classes and its header. */
function isRow(element: Element, zone: Zone): boolean {
  if (zone === "print") return element.name === "tr";
  const children = element.children.filter((child) => "attribs" in child);
  const headings = element.name === "tr" ? children.filter(({ name }) => name === "th") : [];
  if (zone === "main") return headings.length > 0 || isMainRow(element);
  if (zone === "legacy" && headings.some((heading) => /^\s*patient\b/i.test(collectText(heading)))) return true;
  return children.some(isLegacyCell);
}

function isMainRow({ attribs }: Element): boolean {
  return attribs["data-element"]?.startsWith("data-table-row-") ?? false;
}

function noteRow(element: Element, layout: PageLayout, { page, columns }: Walk): void {
  const marks: RowMarks = { statusTitle: "", statusWords: [], birthDateField: "" };
  const cells = element.children.filter((child) => "attribs" in child).map((cell) => collectCell(cell, marks));
  const rows = page.tables[layout] ?? [];
  page.tables[layout] = rows;
  const names = columns.get(layout);
  if (cells.length === 0) return;
  if (isHeader(element, cells, layout === "print" && rows.length === 0 && !names)) {
    const titles = cells.map(({ text }) => tidy(text));
    if (!names) columns.set(layout, titles);
    return;
  }
  if (names?.length === cells.length) for (const [index, cell] of cells.entries()) cell.column = names[index] ?? "";
  rows.push({ ...marks, cells });
}

/** The print view's first row is its header even where it is made of plain cells. */
function isHeader(row: Element, cells: Cell[], isFirstOfPrint: boolean): boolean {
  if (cells.every(({ isHeading }) => isHeading)) return true;
  if (row.parent && "name" in row.parent && row.parent.name === "thead") return true;
  return isFirstOfPrint && cells.every(({ role }) => role === undefined);
}
