import { addDays, printHeader } from "./days.ts";
import { h, wait } from "./dom.ts";
import { type Boot, schedule } from "./server.ts";
import { printTable } from "./tables.ts";

/** Opens the printable day above the page. Header at once, rows after `printMs`; Escape or the cross closes it. */
export function openPrintView({ switches, delays }: Boot, on: string, all: boolean): void {
  const rowsOn = switches.printStale === "no" ? on : addDays(on, -1);
  const headerOn = switches.printStale === "page" ? rowsOn : on;
  const close = h("button", { type: "button", class: "close", "aria-label": "Close" }, "×");
  const sheet = h(
    "div",
    { class: "sheet" },
    h("h3", {}, printHeader(headerOn, switches.headerFormat)),
    printTable([], ""),
  );
  const view = h("section", { class: "print-view" }, close, sheet);
  const leave = () => {
    if (switches.printSticky) return;
    view.remove();
    removeEventListener("keydown", onKey);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape") leave();
  };
  close.addEventListener("click", leave);
  addEventListener("keydown", onKey);
  document.querySelector(".print-view")?.remove();
  document.body.append(view);
  if (!switches.printEmpty) void fill(sheet, rowsOn, all, switches.missingCell, delays.printMs);
}

async function fill(sheet: HTMLElement, on: string, all: boolean, missing: string, printMs: number): Promise<void> {
  const [visits] = await Promise.all([schedule(on, all, false), wait(printMs)]);
  if (typeof visits !== "number") sheet.lastElementChild?.replaceWith(printTable(visits, missing));
}
