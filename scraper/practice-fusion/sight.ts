import type { Page } from "playwright-core";
import { dayInHeading } from "../parse-schedule/page-date.ts";
import { SELECTORS } from "./selectors.ts";

/** A table as far as waiting for it goes: how many rows, and a number that changes when any text in it does. */
export type TableSight = { rows: number; fingerprint: number };

/** What the page shows at one moment, seen in one round trip. */
export type Sight = {
  hash: string;
  isLogin: boolean;
  isSecurityCheck: boolean;
  /** Text of a refusal, or "". */
  alert: string;
  /** A sign of a session: the schedule link or one of the usual markers. */
  isSignedIn: boolean;
  isBusy: boolean;
  hasAgendaControls: boolean;
  /** Day named by the agenda's header, and by the print view's; `YYYY-MM-DD`. */
  shownOn: string | undefined;
  printOn: string | undefined;
  main: TableSight | null;
  print: TableSight | null;
};

/** Looks at the page. While a document is being replaced there is nothing to see, and that is what it returns. */
export async function look(page: Page): Promise<Sight> {
  const seen = await page.evaluate(lookInPage, SELECTORS).catch((error: unknown) => {
    if (page.isClosed()) throw error;
    return NOTHING;
  });
  const { headers, ...rest } = seen;
  const isPrint = (text: string) => /^\s*schedule\b.*\bview\b/i.test(text);
  const dayAmong = (texts: string[]) => texts.map(dayInHeading).find((day) => day !== undefined);
  return {
    ...rest,
    shownOn: dayAmong(headers.filter((text) => !isPrint(text))),
    printOn: dayAmong(headers.filter(isPrint)),
  };
}

const NOTHING: ReturnType<typeof lookInPage> = {
  hash: "",
  isLogin: false,
  isSecurityCheck: false,
  alert: "",
  isSignedIn: false,
  isBusy: false,
  hasAgendaControls: false,
  headers: [],
  main: null,
  print: null,
};

/** Runs inside the page: only what is in here exists there. */
function lookInPage(selectors: typeof SELECTORS) {
  const visible = (selector: string) =>
    [...document.querySelectorAll(selector)].filter((found) => found.checkVisibility());
  const table = (selector: string) => {
    const found = visible(selector)[0];
    if (!found) return null;
    const text = found.textContent ?? "";
    let fingerprint = 0;
    for (let at = 0; at < text.length; at++) fingerprint = (Math.imul(fingerprint, 31) + text.charCodeAt(at)) | 0;
    return { rows: [...found.querySelectorAll("tr")].filter((row) => row.querySelector("td")).length, fingerprint };
  };
  const isLogin = visible(selectors.username).length > 0;
  const isSecurityCheck = visible(selectors.sendCode).length > 0;
  const isForm = isLogin || isSecurityCheck;
  return {
    hash: location.hash,
    isLogin,
    isSecurityCheck,
    alert: isForm
      ? visible(selectors.alert)
          .map((found) => found.textContent?.trim() ?? "")
          .join(" ")
          .trim()
      : "",
    isSignedIn: !isForm && visible(`${selectors.scheduleLink}, ${selectors.markers}`).length > 0,
    isBusy: visible(selectors.busy).length > 0,
    hasAgendaControls: visible(`${selectors.datePicker}, ${selectors.previousDay}`).length > 0,
    headers: visible(selectors.dayHeader).map((found) => found.textContent ?? ""),
    main: table(selectors.mainTable),
    print: table(selectors.printTable),
  };
}
