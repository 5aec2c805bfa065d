import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { openContext, siteHost } from "../browser.ts";
import { ScrapeFailure } from "../failures.ts";
import type { StorageState } from "../session-state.ts";
import type { Steps } from "../steps.ts";
import { ROUTES } from "./selectors.ts";
import type { PracticeFusionSettings } from "./settings.ts";
import { look, type Sight } from "./sight.ts";
import { type RequestWatch, watchRequests } from "./watch-requests.ts";

/** One browser context on the EHR, and what has been learnt about its page. */
export type Desk = {
  page: Page;
  context: BrowserContext;
  watch: RequestWatch;
  steps: Steps;
  settings: PracticeFusionSettings;
  /** Hosts outside the site that the page wanted something from, and did not get. */
  blocked: Set<string>;
  /** The kind of click that the toolbar answered last. */
  clicks: "pointer" | "dom";
  /** False once the date picker was found to have no text box. */
  hasPickerInput: boolean;
};

/** A fresh context, with a saved session or without. */
export async function openDesk(
  settings: PracticeFusionSettings,
  { browser, steps }: { browser: Browser; steps: Steps },
  storageState?: StorageState,
): Promise<Desk> {
  const hosts = [siteHost(settings.baseUrl), ...settings.hosts];
  const blocked = new Set<string>();
  const timezoneId = settings.timeZone;
  const context = await openContext(browser, { hosts, blocked, timezoneId, ...(storageState && { storageState }) });
  const page = await context.newPage();
  page.setDefaultTimeout(settings.limits.controlMs);
  page.setDefaultNavigationTimeout(settings.limits.pageMs);
  const watch = watchRequests(page);
  return { page, context, watch, steps, settings, blocked, clicks: "pointer", hasPickerInput: true };
}

/**
 * Goes to a route of the document. Between routes of a document that is already open this loads nothing. A server that
 * cannot be reached or is in trouble (5xx) is asked again every second, and is `ehr_unavailable` in the end.
 */
export async function goToRoute({ page, steps, settings }: Desk, hash: string): Promise<void> {
  const attempt = async () => {
    const going = page.goto(settings.baseUrl + hash, { waitUntil: "domcontentloaded" });
    const status = await going.then((response) => response?.status() ?? 200, unlessClosed(page));
    if (status < 500) return true;
    // The same address again would only be a change of hash, which loads nothing.
    await page.goto("about:blank").catch(unlessClosed(page));
    return undefined;
  };
  await steps.until(attempt, { limitMs: settings.limits.pageMs, everyMs: 1_000, otherwise: "ehr_unavailable" });
}

/** A page that did not come counts as a server in trouble; a page that was closed is the end of the run. */
function unlessClosed(page: Page): (error: unknown) => number {
  return (error) => {
    if (page.isClosed()) throw error;
    return 503;
  };
}

/** Looks at a page that needs a session. A login form there, or its address, means that the session is over, whatever else shows. */
export async function lookInside({ page }: Desk): Promise<Sight> {
  const sight = await look(page);
  if (isAskingWhoWeAre(sight)) throw new ScrapeFailure("session_expired");
  return sight;
}

/** The page wants a login, or is on its way to it with the old page still showing. */
export function isAskingWhoWeAre({ isLogin, isSecurityCheck, hash }: Sight): boolean {
  return isLogin || isSecurityCheck || hash.startsWith(ROUTES.login);
}

/** The one visible element of a selector. None, or several, means that the page is not the one we know. */
export async function only({ page }: Desk, selector: string): Promise<Locator> {
  const found = page.locator(selector).filter({ visible: true });
  const count = await found.count();
  if (count !== 1) throw new ScrapeFailure("layout_changed", `${count} of ${selector}`);
  return found;
}
