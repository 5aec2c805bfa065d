import type { Browser, BrowserContext, Page } from "playwright-core";
import { z } from "zod";
import { openContext, siteHost } from "../browser.ts";
import { ScrapeFailure } from "../failures.ts";
import type { SessionStates } from "../session-state.ts";
import type { Steps } from "../steps.ts";
import { codesIn, type MfaCodeSource, newCode } from "./code-source.ts";
import { logInToPortal } from "./log-in-to-portal.ts";
import { lookAtPortal } from "./portal-sight.ts";

export const CallHarborSettings = z.object({
  /** Origin of the portal. */
  portalUrl: z.url().default("https://control.callharbor.com"),
  username: z.string().min(1),
  password: z.string().min(1),
  /** Base32 secret of the account's authenticator. */
  totpSecret: z.string().min(1),
  limits: z
    .object({
      /** Any page, and the list on it. */
      pageMs: z.int().default(20_000),
      /** A list counts as complete when two looks this far apart see the same. */
      stableMs: z.int().default(500),
      /** Between two looks for a new text. */
      everyMs: z.int().default(2_500),
    })
    .prefault({}),
});
export type CallHarborSettings = z.infer<typeof CallHarborSettings>;

export type CallHarborDeps = {
  browser: Browser;
  states: SessionStates;
  /** Of the run that wants codes: its log and its deadline hold here too. */
  steps: Steps;
  now?: () => number;
};

export type PortalDesk = {
  page: Page;
  context: BrowserContext;
  steps: Steps;
  settings: CallHarborSettings;
  now: () => number;
};

const SERVICE = "callharbor";

/** Codes that reach the clinic's phone, read from the CallHarbor portal in a browser context of its own. */
export function callHarborCodes(settings: CallHarborSettings, deps: CallHarborDeps): MfaCodeSource {
  let desk: PortalDesk | undefined;
  let known: string[] = [];
  const opened = async () => {
    desk ??= await enterPortal(settings, deps);
    return desk;
  };
  return {
    async remember() {
      const at = await opened();
      known = await at.steps.step("portal: codes so far", async () => codesIn(await settledTexts(at)));
    },
    async waitForCode({ timeoutMs }) {
      const at = await opened();
      return at.steps.step("portal: new code", async () => {
        const { everyMs } = settings.limits;
        const probe = async () => newCode(codesIn(await currentTexts(at)), known);
        const code = await at.steps.until(probe, { limitMs: timeoutMs, everyMs, otherwise: "mfa_timeout" });
        known.push(code);
        return code;
      });
    },
    async close() {
      const closing = desk;
      desk = undefined;
      await closing?.context.close();
    },
  };
}

/** With the saved session if the portal still takes it, else by logging in from a clean context. */
async function enterPortal(settings: CallHarborSettings, deps: CallHarborDeps): Promise<PortalDesk> {
  const saved = await deps.states.load(SERVICE);
  const desk = await openDesk(settings, deps, saved ?? undefined);
  try {
    const isIn = await desk.steps.step("portal: session", () => showMessages(desk));
    if (isIn) return desk;
    if (saved) {
      await desk.context.close();
      Object.assign(desk, await openDesk(settings, deps));
      await desk.steps.step("portal: open", () => showMessages(desk));
    }
    await desk.steps.step("portal: log in", () => logInToPortal(desk));
    if (!(await showMessages(desk))) throw new ScrapeFailure("portal_unreachable", "signed in, but no messages");
    await deps.states.save(SERVICE, await desk.context.storageState());
    return desk;
  } catch (error) {
    await desk.context.close();
    throw error;
  }
}

async function openDesk(
  settings: CallHarborSettings,
  deps: CallHarborDeps,
  storageState?: Awaited<ReturnType<BrowserContext["storageState"]>>,
): Promise<PortalDesk> {
  const hosts = [siteHost(settings.portalUrl)];
  const context = await openContext(deps.browser, { hosts, ...(storageState && { storageState }) });
  const page = await context.newPage();
  page.setDefaultTimeout(settings.limits.pageMs);
  const { steps, now = Date.now } = deps;
  steps.signal.addEventListener("abort", () => void context.close().catch(() => {}), { once: true });
  return { page, context, steps, settings, now };
}

/** Goes to the messages; false when the portal wants a login first. */
async function showMessages({ page, steps, settings }: PortalDesk): Promise<boolean> {
  const address = new URL("/portal/messages", settings.portalUrl).href;
  const response = await page.goto(address, { waitUntil: "domcontentloaded" });
  if (response && response.status() >= 500)
    throw new ScrapeFailure("portal_unreachable", `answer ${response.status()}`);
  const probe = async () => {
    const { isLogin, isTotp, path } = await lookAtPortal(page);
    if (isLogin || isTotp) return false;
    return path.endsWith("/portal/messages") || undefined;
  };
  return steps.until(probe, { limitMs: settings.limits.pageMs, otherwise: "portal_unreachable" });
}

/** The latest text of each conversation, as the page shows them right after loading. */
async function currentTexts(desk: PortalDesk): Promise<string[]> {
  if (!(await showMessages(desk))) throw new ScrapeFailure("portal_unreachable", "logged out while waiting");
  return settledTexts(desk);
}

/** The list is rendered late; an empty one counts only when the time for a page is over. */
async function settledTexts({ page, steps, settings }: PortalDesk): Promise<string[]> {
  const { pageMs, stableMs } = settings.limits;
  let last = "";
  let steadySince = 0;
  const probe = async () => {
    const { texts } = await lookAtPortal(page);
    const now = performance.now();
    if (texts.join("\n") !== last) {
      last = texts.join("\n");
      steadySince = now;
    }
    return texts.length > 0 && now - steadySince >= stableMs ? texts : undefined;
  };
  const orEmpty = (error: unknown) => {
    if (error instanceof ScrapeFailure && error.code === "portal_unreachable") return [];
    throw error;
  };
  return steps.until(probe, { limitMs: pageMs, otherwise: "portal_unreachable" }).catch(orEmpty);
}
