import { AppointmentRow } from "../../edge/contract/appointments.ts";
import type { Cell, Role } from "./collect-cell.ts";
import type { PageRow } from "./collect-page.ts";
import { type KnownWords, listedWord } from "./known-words.ts";
import { readPatient } from "./patient-cell.ts";
import { firstBlock, linesOf, tidy } from "./text.ts";
import { readTime } from "./visit-time.ts";

/** Why a row could not be read; never holds text of the page. */
export type RowProblem =
  | "cell_missing"
  | "dob_missing"
  | "dob_invalid"
  | "time_invalid"
  | "name_missing"
  | "status_missing"
  | "provider_missing"
  | "type_missing"
  | "text_too_long";

const COLUMN_NAMES: [RegExp, Role][] = [
  [/\bstatus\b/i, "status"],
  [/^patient\b/i, "patient"],
  [/\btime\b|^start\b/i, "time"],
  [/\bprovider\b|^seen by\b/i, "provider"],
  [/\btype\b/i, "type"],
];

/** Reads one row of a schedule of `day`: a visit that satisfies `AppointmentRow`, or the reason why it is none. */
export function readRow(row: PageRow, day: string, words: KnownWords): AppointmentRow | RowProblem {
  const cells = assignRoles(row, words);
  const { patient, time } = cells;
  if (!patient || !time) return "cell_missing";
  const isStatusMarked = row.statusTitle !== "" || row.statusWords.length > 0;
  if (!cells.provider || !cells.type || (!cells.status && !isStatusMarked)) return "cell_missing";
  const person = readPatient(linesOf(patient.text), row.birthDateField, day);
  if (typeof person === "string") return person;
  const at = readTime(tidy(time.text));
  if (at === undefined) return "time_invalid";
  const status = readStatus(row, cells.status, words);
  if (status === "") return "status_missing";
  const provider = firstBlock(cells.provider.text);
  if (provider === "") return "provider_missing";
  const type = firstBlock(cells.type.text);
  if (type === "") return "type_missing";
  const read = AppointmentRow.safeParse({ ...person, startsAt: `${day}T${at}`, status, provider, type });
  return read.success ? read.data : "text_too_long";
}

/**
 * Which cell plays which part: by its own mark, else by its column's header, else by a listed word that is all it
 * holds, else as the only cell left for the only part left. Never by its place in the row.
 */
function assignRoles({ cells, statusTitle, statusWords }: PageRow, words: KnownWords): Partial<Record<Role, Cell>> {
  const roles: Partial<Record<Role, Cell>> = {};
  const unmarked: Cell[] = [];
  for (const cell of cells) {
    const role = cell.role ?? COLUMN_NAMES.find(([pattern]) => pattern.test(cell.column))?.[1];
    if (role) roles[role] ??= cell;
    else unmarked.push(cell);
  }
  const spare: Cell[] = [];
  for (const cell of unmarked) {
    const value = firstBlock(cell.text);
    const role = roleOfWord(value, words);
    if (role) roles[role] ??= cell;
    else if (value !== "" && value !== statusTitle && !statusWords.includes(value)) spare.push(cell);
  }
  const [only, ...others] = (["provider", "type"] as const).filter((role) => !roles[role]);
  if (only && others.length === 0 && spare.length === 1 && spare[0]) roles[only] = spare[0];
  return roles;
}

function roleOfWord(value: string, { statuses, types, providers }: KnownWords): Role | undefined {
  if (listedWord(statuses, value)) return "status";
  if (listedWord(types, value)) return "type";
  return listedWord(providers, value) ? "provider" : undefined;
}

/** The status control's word; else a label that is a listed status; else the first line of the status cell, or label. */
function readStatus({ statusTitle, statusWords }: PageRow, cell: Cell | undefined, { statuses }: KnownWords): string {
  const listedLabel = statusWords.find((word) => listedWord(statuses, word));
  const word = statusTitle || listedLabel || linesOf(cell?.text ?? "")[0] || statusWords[0] || "";
  return listedWord(statuses, word) ?? word;
}
