import { errors, type Locator } from "playwright-core";
import type { FailureCode } from "../failures.ts";
import { ScrapeFailure } from "../failures.ts";
import type { Desk } from "./desk.ts";

const TRIES = 5;

/**
 * Clicks a control until `answer` finds the effect, waiting `answerMs` for it each time. Ordinary clicks and clicks
 * dispatched in the page take turns, since the EHR's toolbar has been seen to hear only the latter; the kind that
 * worked is tried first from then on. `otherwise` is the failure when no click has any effect.
 */
export async function press<T>(
  desk: Desk,
  control: Locator,
  answer: () => Promise<T | undefined>,
  { answerMs, otherwise }: { answerMs: number; otherwise: FailureCode },
): Promise<T> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const kind = attempt % 2 === 0 ? desk.clicks : desk.clicks === "pointer" ? "dom" : "pointer";
    await click(control, kind, answerMs);
    const found = await desk.steps.until(answer, { limitMs: answerMs, otherwise }).catch(unless(otherwise));
    if (found === undefined) continue;
    desk.clicks = kind;
    return found;
  }
  throw new ScrapeFailure(otherwise, `${TRIES} clicks without effect`);
}

async function click(control: Locator, kind: Desk["clicks"], timeout: number): Promise<void> {
  if (kind === "dom") return control.evaluate((element: HTMLElement) => element.click());
  // A control that is covered, say by a view left open, refuses an ordinary click; the other kind reaches it.
  await control.click({ timeout }).catch((error: unknown) => {
    if (!(error instanceof errors.TimeoutError)) throw error;
  });
}

function unless(expected: FailureCode): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof ScrapeFailure && error.code === expected) return undefined;
    throw error;
  };
}
