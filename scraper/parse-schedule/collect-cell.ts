import type { Document } from "../parse-page.ts";
import { BLOCK_BREAK, linesOf, tidy } from "./text.ts";

export type Node = Document["children"][number];
export type Element = Extract<Node, { attribs: unknown }>;

export type Role = "status" | "patient" | "time" | "provider" | "type";
/** A cell: its raw text, the role its attributes claim for it, and the header of its column if the table has one. */
export type Cell = { text: string; isHeading: boolean; role?: Role; column: string };
/** What a row marks inside its cells: the status control's title, status-like labels, the birth date's element. */
export type RowMarks = { statusTitle: string; statusWords: string[]; birthDateField: string };

const TEXT_NODE = 3;
const INLINE = new Set(["span", "b", "i", "em", "strong", "small", "u", "s", "font", "sup", "sub", "abbr", "mark"]);
const SILENT = new Set(["script", "style", "template", "noscript", "svg"]);

/** Roles by the page's own marks: `data-element` of the print view, of the main table, and the oldest layout's classes. */
const ROLE_MARKS: [RegExp, Role][] = [
  [/^(?:td-intake-status$|cell-(?:intake-)?status\b)/, "status"],
  [/^(?:td-patient-name$|cell-patient\b)/, "patient"],
  [/^(?:td-start-at$|cell-(?:start|time)\b)/, "time"],
  [/^(?:td-provider-name$|cell-provider\b)/, "provider"],
  [/^(?:td-appointment-type$|cell-(?:appointment-)?type\b)/, "type"],
];
const ROLE_CLASS = /(?:^|\s)(status|patient|time|provider|type)-column(?:\s|$)/;

/** Reads one cell, and adds to `marks` what it marks. */
export function collectCell(cell: Element, marks: RowMarks): Cell {
  const role = roleOf(cell);
  return { text: collectText(cell, marks), isHeading: cell.name === "th", column: "", ...(role && { role }) };
}

/** Whether the oldest layout marks this element as one of its columns. */
export function isLegacyCell({ attribs }: Element): boolean {
  return ROLE_CLASS.test(attribs.class ?? "");
}

function roleOf({ attribs }: Element): Role | undefined {
  const mark = attribs["data-element"];
  if (mark !== undefined) return ROLE_MARKS.find(([pattern]) => pattern.test(mark))?.[1];
  return ROLE_CLASS.exec(attribs.class ?? "")?.[1] as Role | undefined;
}

/** All text of an element, with a break around every block; options of a list that are not chosen are left out. */
export function collectText(element: Element, marks?: RowMarks): string {
  const text = { all: "" };
  append(element, text, marks);
  return text.all;
}

function append(element: Element, text: { all: string }, marks: RowMarks | undefined): void {
  const { name, attribs } = element;
  if (SILENT.has(name) || (name === "option" && attribs.selected === undefined)) return;
  const mark = attribs["data-element"];
  const isBlock = mark !== undefined || !INLINE.has(name);
  if (isBlock) text.all += BLOCK_BREAK;
  const start = text.all.length;
  for (const child of element.children) {
    if ("attribs" in child) append(child, text, marks);
    else if (child.nodeType === TEXT_NODE) text.all += child.data;
  }
  if (marks) noteMarks(element, text.all.slice(start), marks);
  if (isBlock) text.all += BLOCK_BREAK;
}

function noteMarks(element: Element, text: string, marks: RowMarks): void {
  const { attribs } = element;
  const mark = attribs["data-element"];
  if (mark === "cell-dob") marks.birthDateField = tidy(text);
  if (mark?.startsWith("intake-status-select-")) marks.statusTitle ||= tidy(titleIn(element)) || firstLine(text);
  if (attribs.class?.includes("text-color-default")) marks.statusWords.push(firstLine(text));
}

/** The first title on the control or inside it: there the page writes the chosen status in full. */
function titleIn({ attribs, children }: Element): string {
  if (attribs.title) return attribs.title;
  for (const child of children) {
    const title = "attribs" in child ? titleIn(child) : "";
    if (title !== "") return title;
  }
  return "";
}

function firstLine(text: string): string {
  return linesOf(text)[0] ?? "";
}
