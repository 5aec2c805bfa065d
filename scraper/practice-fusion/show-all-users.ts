import { ScrapeFailure } from "../failures.ts";
import { type Desk, lookInside } from "./desk.ts";
import { press } from "./press.ts";
import { SELECTORS } from "./selectors.ts";
import { settleRows } from "./settle-rows.ts";

/** Checks "all users", without which the agenda holds the rows of one provider only, and waits for the rows that come. */
export async function showAllUsers(desk: Desk): Promise<void> {
  const { page, watch, settings } = desk;
  const { rowsMs, arrowMs } = settings.limits;
  const box = page.locator(SELECTORS.allUsers).locator("input");
  if ((await box.count()) !== 1) throw new ScrapeFailure("layout_changed", `${await box.count()} all-users boxes`);
  if (await box.isChecked()) return;
  const mark = watch.mark();
  const before = (await lookInside(desk)).main?.fingerprint;
  const checked = async () => (await box.isChecked()) || undefined;
  await press(desk, box, checked, { answerMs: arrowMs, otherwise: "layout_changed" });
  await settleRows(desk, { table: "main", mark, limitMs: rowsMs, ...(before !== undefined && { before }) });
}
