import type { Browser, BrowserContext, Page } from "playwright-core";
import * as z from "zod";
import { openContext, siteHost } from "../browser.ts";
import { ScrapeFailure } from "../failures.ts";
import type { SessionStates } from "../session-state.ts";
import type { Steps } from "../steps.ts";
import type { MfaCodeSource } from "./code-source.ts";
import { logInToPortal } from "./log-in-to-portal.ts";
import { findNewCode, listCodes, showMessages } from "./portal-messages.ts";

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
      stableMs: z.int().default(250),
      /** From one loading of the list to the next while a code is waited for. */
      everyMs: z.int().default(1_000),
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
  const leaving = new AbortController();
  const steps = deps.steps.within(leaving.signal);
  let opening: Promise<PortalDesk> | undefined;
  let known: string[] = [];
  const opened = () => {
    opening ??= enterPortal(settings, { ...deps, steps });
    return opening;
  };
  return {
    prepare() {
      opened().catch(() => {});
    },
    async remember() {
      const desk = await opened();
      known = await steps.step("portal: codes so far", () => listCodes(desk));
    },
    async waitForCode({ timeoutMs }) {
      const desk = await opened();
      return steps.step("portal: new code", async () => {
        const probe = () => findNewCode(desk, known);
        const code = await steps.until(probe, { limitMs: timeoutMs, everyMs: 0, otherwise: "mfa_timeout" });
        known.push(code);
        return code;
      });
    },
    async close() {
      leaving.abort(new ScrapeFailure("abandoned"));
      await opening?.then(({ context }) => context.close()).catch(() => {});
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
