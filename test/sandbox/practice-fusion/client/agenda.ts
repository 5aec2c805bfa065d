import type { Visit } from "../world.ts";
import { addDays, agendaHeader, readTypedDay, typedDay } from "./days.ts";
import { h, wait } from "./dom.ts";
import { openPrintView } from "./print-view.ts";
import { type Boot, report, schedule } from "./server.ts";
import { legacyTable, mainTable, unknownTable } from "./tables.ts";

/** Lives as long as the document: coming back to the agenda by hash shows the day that was left. */
let shownOn = "";
let clicksLost = 0;
const PARTS_MS = 200;

type Agenda = { boot: Boot; on: string; all: boolean; header: HTMLElement; body: HTMLElement; loads: number };

/** The day agenda: header, day arrows, date picker, all-users box, table, print. */
export function agendaPage(boot: Boot): HTMLElement {
  shownOn ||= boot.today;
  const isShuffled = boot.switches.headerFormat === "C";
  const header = h("h3", { class: isShuffled ? "box-margin-Bn h3 day-title" : "h3 box-margin-Bn" });
  const agenda: Agenda = { boot, on: shownOn, all: false, header, body: h("div", { class: "agenda-body" }), loads: 0 };
  header.textContent = agendaHeader(agenda.on);
  void load(agenda, false);
  if (boot.switches.nativeAlert) setTimeout(askToStay, 0);
  return h("main", { class: "agenda" }, toolbar(agenda), agenda.body);
}

function toolbar(agenda: Agenda): HTMLElement {
  const { switches } = agenda.boot;
  const isLegacy = switches.layout === "legacy";
  const arrow = (label: string, attributes: Record<string, string>, days: number) =>
    control(agenda, h("button", { type: "button", "aria-label": label, ...attributes }, "›"), label, () =>
      move(agenda, addDays(agenda.on, days)),
    );
  const previous = arrow("Previous day", { class: isLegacy ? "arrow decrement-date" : "arrow rotate-180" }, -1);
  const next = arrow("Next day", { class: isLegacy ? "arrow increment-date" : "arrow" }, 1);
  const print = control(
    agenda,
    h("button", { type: "button", class: "btn--default", "data-element": "btn-schedule-print" }, "Print"),
    "print",
    () => openPrintView(agenda.boot, agenda.on, agenda.all),
  );
  const decoys = switches.printTextTwice
    ? ["Print settings", "Fingerprint login"].map((text) => h("button", { type: "button" }, text))
    : [];
  const prints = switches.printMissing || switches.layout !== "print" ? [] : [print];
  return h(
    "div",
    { class: "toolbar" },
    previous,
    agenda.header,
    next,
    picker(agenda),
    allUsers(agenda),
    h("span", { class: "grow" }),
    ...decoys,
    ...prints,
  );
}

/** A toolbar button with the faults that the switches ask for. */
function control(agenda: Agenda, button: HTMLElement, name: string, act: () => void): HTMLElement {
  button.addEventListener("click", (event) => {
    report(name, event);
    if (clicksLost < agenda.boot.switches.clickLost) {
      clicksLost += 1;
      return;
    }
    if (!(agenda.boot.switches.pointerClickDead && event.isTrusted)) act();
  });
  return button;
}

function picker(agenda: Agenda): HTMLElement {
  const box = h("div", { class: "picker" });
  const button = h("button", { id: "date-picker-button", type: "button" }, "Pick a day");
  const popover = h("div", { class: "popover", hidden: "" }, h("b", {}, "Go to day"));
  const input = h("input", { type: "text", placeholder: "MM/DD/YYYY", "aria-label": "Day" }) as HTMLInputElement;
  if (!agenda.boot.switches.noPickerInput) popover.append(input);
  input.addEventListener("keydown", (event) => {
    const on = event.key === "Enter" ? readTypedDay(input.value) : null;
    if (!on) return;
    popover.hidden = true;
    move(agenda, on);
  });
  control(agenda, button, "date-picker-button", () => {
    popover.hidden = !popover.hidden;
    input.value = typedDay(agenda.on);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") popover.hidden = true;
  });
  box.append(button, popover);
  return box;
}

function allUsers(agenda: Agenda): HTMLElement {
  const input = h("input", { type: "checkbox" }) as HTMLInputElement;
  input.addEventListener("change", (event) => {
    report("chk-all-users", event);
    agenda.all = input.checked;
    void load(agenda, false);
  });
  return h("label", { class: "all-users", "data-element": "chk-all-users" }, input, "All users");
}

/** Goes to a day: the header follows soon, the rows when the server has them. */
function move(agenda: Agenda, wanted: string): void {
  const direction = wanted < agenda.on ? -1 : 1;
  let on = wanted;
  while (agenda.boot.switches.skippedDays.includes(on)) on = addDays(on, direction);
  agenda.on = on;
  shownOn = on;
  void wait(agenda.boot.delays.headerMs).then(() => {
    if (agenda.on === on) agenda.header.textContent = agendaHeader(on);
  });
  void load(agenda, true);
}

async function load(agenda: Agenda, isChange: boolean): Promise<void> {
  agenda.loads += 1;
  const mine = agenda.loads;
  const answer = await schedule(agenda.on, agenda.all, isChange);
  if (mine !== agenda.loads) return;
  if (typeof answer === "number") return refuse(agenda, answer);
  if (agenda.boot.switches.rowsInParts) {
    show(agenda, answer.slice(0, answer.length / 2));
    await wait(PARTS_MS);
    if (mine !== agenda.loads) return;
  }
  show(agenda, answer);
}

function show(agenda: Agenda, answer: Visit[]): void {
  const table = tableFor(agenda.boot, answer);
  agenda.body.replaceChildren(...(table ? [table] : []));
}

async function refuse(agenda: Agenda, status: number): Promise<void> {
  if (status !== 401) {
    agenda.body.replaceChildren(h("p", { class: "error" }, `Something went wrong (${status}).`));
    return;
  }
  await wait(agenda.boot.delays.redirectMs);
  location.hash = "#/login";
}

function tableFor({ switches }: Boot, visits: Visit[]): HTMLElement | null {
  if (switches.tableNever) return null;
  if (switches.layout === "none") return unknownTable(visits);
  return switches.layout === "legacy"
    ? legacyTable(visits, switches.missingCell)
    : mainTable(visits, switches.missingCell);
}

function askToStay(): void {
  if (!confirm("Somebody else has this schedule open. Continue?")) location.hash = "#/PF/home/main";
}
