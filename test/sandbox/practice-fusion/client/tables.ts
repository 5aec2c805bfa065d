import type { Visit } from "../world.ts";
import { clockTime } from "./days.ts";
import { h } from "./dom.ts";

type Column = "status" | "patient" | "time" | "provider" | "type";
type Cells = Record<Column, HTMLElement>;
const ORDER: readonly Column[] = ["status", "patient", "time", "provider", "type"];
const TITLES: Record<Column, string> = {
  status: "Status",
  patient: "Patient",
  time: "Time",
  provider: "Provider",
  type: "Type",
};

/** The agenda of today's layout. */
export function mainTable(visits: Visit[], missing: string): HTMLElement {
  return h(
    "div",
    { "data-element": "appointments-table" },
    table({}, visits, missing, mainCells, (index) => ({ "data-element": `data-table-row-${index}` })),
  );
}

/** The print view's table. */
export function printTable(visits: Visit[], missing: string): HTMLElement {
  return table({ "data-element": "table-agenda-print" }, visits, missing, printCells, () => ({}));
}

/** The layout before July 2025: classes instead of data-element, the phone on the fourth line. */
export function legacyTable(visits: Visit[], missing: string): HTMLElement {
  return h(
    "div",
    { class: "agenda-container" },
    table({}, visits, missing, legacyCells, () => ({ class: "agenda-row" })),
  );
}

/** A layout nobody has seen: the same facts, none of the known handles. */
export function unknownTable(visits: Visit[]): HTMLElement {
  return h(
    "ul",
    { class: "cards" },
    ...visits.map((visit) => h("li", {}, `${visit.patientName} ${clockTime(visit.startsAt)}`)),
  );
}

function table(
  attributes: Record<string, string>,
  visits: Visit[],
  missing: string,
  cells: (visit: Visit, index: number) => Cells,
  row: (index: number) => Record<string, string>,
): HTMLElement {
  const head = h("tr", {}, ...ORDER.map((column) => h("th", {}, TITLES[column])));
  const rows = visits.map((visit, index) => {
    const made = cells(visit, index);
    const shown = ORDER.filter((column) => !(index === 0 && column === missing));
    return h("tr", row(index), ...shown.map((column) => made[column]));
  });
  return h("table", attributes, h("thead", {}, head), h("tbody", {}, ...rows));
}

function mainCells(visit: Visit, index: number): Cells {
  const name = visit.nickname ? `${visit.patientName} "${visit.nickname}"` : visit.patientName;
  const phones = visit.phones.map((phone) => h("span", { "data-element": "cell-phone", class: "line" }, phone));
  const status = h(
    "div",
    { "data-element": `intake-status-select-${index}` },
    h("span", { class: "text-color-default" }, visit.status),
  );
  return {
    status: h("td", {}, status),
    patient: h(
      "td",
      { "data-element": `cell-patient-${index}` },
      h("a", { href: "#/PF/schedule/scheduler/agenda" }, name),
      h("span", { "data-element": "cell-dob", class: "line" }, usDate(visit.birthDate)),
      ...phones,
    ),
    time: h(
      "td",
      { "data-element": `cell-time-${index}` },
      h("div", {}, clockTime(visit.startsAt)),
      h("div", { class: "small" }, `${visit.minutes} min`),
    ),
    provider: h("td", {}, visit.provider),
    type: h("td", {}, visit.type),
  };
}

function printCells(visit: Visit): Cells {
  const cell = (name: string, ...lines: string[]) =>
    h("td", { "data-element": name }, ...lines.map((line) => h("div", {}, line)));
  const nickname = visit.nickname ? [`"${visit.nickname}"`] : [];
  return {
    status: cell("td-intake-status", visit.status),
    patient: cell("td-patient-name", visit.patientName, ...nickname, usDate(visit.birthDate), ...visit.phones),
    time: cell("td-start-at", clockTime(visit.startsAt)),
    provider: cell("td-provider-name", visit.provider),
    type: cell("td-appointment-type", visit.type),
  };
}

function legacyCells(visit: Visit): Cells {
  const cell = (name: string, ...lines: string[]) =>
    h("td", { class: name }, ...lines.map((line) => h("div", {}, line)));
  const name = visit.nickname ? `${visit.patientName} "${visit.nickname}"` : visit.patientName;
  return {
    status: cell("status-column", visit.status),
    patient: cell("patient-column", name, usDate(visit.birthDate), "", ...visit.phones),
    time: cell("time-column", clockTime(visit.startsAt)),
    provider: cell("provider-column", visit.provider),
    type: cell("type-column", visit.type),
  };
}

function usDate(birthDate: string): string {
  const [year, month, day] = birthDate.split("-");
  return `${month}/${day}/${year}`;
}
