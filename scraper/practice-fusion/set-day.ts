import type { ElementHandle } from "playwright-core";
import { Temporal } from "temporal-polyfill";
import { ScrapeFailure } from "../failures.ts";
import { type Desk, lookInside, only } from "./desk.ts";
import { press } from "./press.ts";
import { SELECTORS } from "./selectors.ts";

/**
 * Makes the agenda show a day, and believes only its header: first through the picker's text box, then day by day with
 * the arrows, in either direction. `date_unreachable` when the header never names the day.
 */
export async function setDay(desk: Desk, day: string): Promise<void> {
  if ((await lookInside(desk)).shownOn === day) return;
  if (desk.hasPickerInput && (await typeDay(desk, day))) return;
  await stepToDay(desk, day);
}

/** True when the header named the day after it was typed. */
async function typeDay(desk: Desk, day: string): Promise<boolean> {
  const { page, steps, settings } = desk;
  const input = await openPicker(desk);
  if (!input) {
    desk.hasPickerInput = false;
    await page.keyboard.press("Escape");
    return false;
  }
  const [year, month, date] = day.split("-");
  await input.fill(`${month}/${date}/${year}`);
  await input.press("Enter");
  const probe = async () => (await lookInside(desk)).shownOn === day || undefined;
  return steps.until(probe, { limitMs: settings.limits.controlMs, otherwise: "date_unreachable" }).catch(asFalse);
}

/**
 * The picker's own text box: the one that was not on the page before the picker opened. Taking the first text box of
 * the document typed the date into the patient search, and left the old day on the page.
 */
async function openPicker(desk: Desk): Promise<ElementHandle<HTMLInputElement> | null> {
  const { page, settings } = desk;
  const before = await page.evaluateHandle(
    () => new Set([...document.querySelectorAll("input")].filter((input) => input.checkVisibility())),
  );
  const probe = async () => {
    const handle = await page.evaluateHandle((known) => {
      const visible = [...document.querySelectorAll("input")].filter((input) => input.checkVisibility());
      const fresh = visible.filter((input) => !known.has(input));
      return fresh.length === 1 ? (fresh[0] ?? null) : null;
    }, before);
    return handle.asElement() ?? undefined;
  };
  const button = await only(desk, SELECTORS.datePicker);
  return press(desk, button, probe, { answerMs: settings.limits.arrowMs, otherwise: "date_unreachable" }).catch(asNull);
}

/** One day per click, the header read after each. A page that leaps over the day in both directions does not have it. */
async function stepToDay(desk: Desk, day: string): Promise<void> {
  let { shownOn } = await lookInside(desk);
  if (!shownOn) throw new ScrapeFailure("layout_changed", "the agenda names no day");
  let clicksLeft = Math.abs(Temporal.PlainDate.from(shownOn).until(day).days) + 4;
  let turns = 0;
  let wasForward = shownOn < day;
  while (shownOn !== day) {
    const isForward = shownOn < day;
    if (isForward !== wasForward) turns += 1;
    if (turns > 2 || clicksLeft === 0) throw new ScrapeFailure("date_unreachable");
    wasForward = isForward;
    clicksLeft -= 1;
    const arrow = await only(desk, isForward ? SELECTORS.nextDay : SELECTORS.previousDay);
    const before: string = shownOn;
    const moved = async () => {
      const now = (await lookInside(desk)).shownOn;
      return now === before ? undefined : now;
    };
    const { arrowMs } = desk.settings.limits;
    shownOn = await press(desk, arrow, moved, { answerMs: arrowMs, otherwise: "date_unreachable" });
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ScrapeFailure && error.code === "date_unreachable";
}

function asFalse(error: unknown): false {
  if (isUnreachable(error)) return false;
  throw error;
}

function asNull(error: unknown): null {
  if (isUnreachable(error)) return null;
  throw error;
}
