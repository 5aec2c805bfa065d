import type { Locator } from "playwright-core";
import { ScrapeFailure } from "../failures.ts";
import { type Desk, lookInside } from "./desk.ts";
import { press } from "./press.ts";
import { SELECTORS } from "./selectors.ts";
import { settleRows } from "./settle-rows.ts";
import { look } from "./sight.ts";

/** What became of the print view. Without it the agenda's own table is read, which has the same rows on a good day. */
export type PrintOutcome = "ok" | "print_missing" | "print_stale" | "print_empty";

/** Opens the print view of the day on the page and waits for its rows. */
export async function openPrintView(desk: Desk, day: string, mainRows: number): Promise<PrintOutcome> {
  const { page, watch, settings } = desk;
  const { printMs, arrowMs } = settings.limits;
  const button = await printButton(desk);
  if (!button) return "print_missing";
  const mark = watch.mark();
  const opened = async () => ((await lookInside(desk)).print ? true : undefined);
  const accept = (table: { rows: number }) => table.rows > 0 || mainRows === 0;
  try {
    await press(desk, button, opened, { answerMs: arrowMs, otherwise: "layout_changed" });
    await settleRows(desk, { table: "print", day, mark, limitMs: printMs, accept });
    return "ok";
  } catch (error) {
    const isExpected = error instanceof ScrapeFailure && ["layout_changed", "rows_unsettled"].includes(error.code);
    if (!isExpected) throw error;
    const { print, printOn } = await look(page);
    if (!print) return "print_missing";
    return printOn === day ? "print_empty" : "print_stale";
  }
}

/** By its handle, else by its exact name: "Print" as part of a name is on other buttons too. */
async function printButton({ page }: Desk): Promise<Locator | null> {
  const byHandle = page.locator(SELECTORS.printButton);
  const byName = page.getByRole("button", { name: "Print", exact: true });
  for (const button of [byHandle, byName]) {
    const visible = button.filter({ visible: true });
    if ((await visible.count()) === 1) return visible;
  }
  return null;
}

/** Closes a print view left from another day. One that stays is got rid of with its document. */
export async function closePrintView(desk: Desk): Promise<void> {
  const { page, steps, settings } = desk;
  if (!(await lookInside(desk)).print) return;
  await page.keyboard.press("Escape");
  const gone = async () => ((await lookInside(desk)).print ? undefined : true);
  const limit = { limitMs: settings.limits.arrowMs, otherwise: "rows_unsettled" } as const;
  const isGone = await steps.until(gone, limit).catch(() => false);
  if (!isGone) await page.goto("about:blank");
}
