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
  const known = await page.evaluateHandle(() => new Set(document.querySelectorAll("input")), undefined);
  const hidden = await page.evaluateHandle(
    (all) => new Set([...all].filter((input) => !input.checkVisibility())),
    known,
  );
  const probe = async () => {
    const handle = await page.evaluateHandle(
      ([all, unseen]) => {
        const isNew = (input: HTMLInputElement) => !all.has(input) || unseen.has(input);
        const fresh = [...document.querySelectorAll("input")].filter(
          (input) => input.checkVisibility() && isNew(input),
        );
        return fresh.length === 1 ? fresh[0] : null;
      },
      [known, hidden] as const,
    );
    return (handle.asElement() as ElementHandle<HTMLInputElement> | null) ?? undefined;
  };
  const answerMs = Math.min(settings.limits.arrowMs, settings.limits.controlMs);
  return press(desk, await only(desk, SELECTORS.datePicker), probe, { answerMs, otherwise: "date_unreachable" }).catch(
    asNull,
  );
}

async function stepToDay(desk: Desk, day: string): Promise<void> {
  let turns = 0;
  let wasForward: boolean | undefined;
  for (let left = 0, steps = -1; steps <= left; steps++) {
    const { shownOn } = await lookInside(desk);
    if (shownOn === day) return;
    if (!shownOn) throw new ScrapeFailure("layout_changed", "the agenda names no day");
    if (steps < 0) left = Math.abs(daysBetween(shownOn, day)) + 4;
    const isForward = shownOn < day;
    if (wasForward !== undefined && wasForward !== isForward) turns += 1;
    // Twice past it in both directions: the page skips this day.
    if (turns > 2) break;
    wasForward = isForward;
    const arrow = await only(desk, isForward ? SELECTORS.nextDay : SELECTORS.previousDay);
    const moved = async () => {
      const now = (await lookInside(desk)).shownOn;
      return now !== undefined && now !== shownOn ? true : undefined;
    };
    await press(desk, arrow, moved, { answerMs: desk.settings.limits.arrowMs, otherwise: "date_unreachable" });
  }
  throw new ScrapeFailure("date_unreachable");
}

function daysBetween(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days;
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
