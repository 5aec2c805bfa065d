import type { Page } from "playwright-core";

export const PORTAL = {
  username: 'input[name="data[Login][username]"]',
  password: 'input[name="data[Login][password]"]',
  logIn: 'input[type="submit"][value="Log In"], button:text-is("Log In")',
  passcode: 'input[name="data[Login][passcode]"]',
  submit: 'button:text-is("Submit"), input[type="submit"][value="Submit"]',
  message: ".conversation-recent-msg",
} as const;

export type PortalSight = { path: string; isLogin: boolean; isTotp: boolean; isRefused: boolean; texts: string[] };

/** What the portal's page shows at one moment; nothing while it is being replaced. */
export async function lookAtPortal(page: Page): Promise<PortalSight> {
  return page.evaluate(lookInPage, PORTAL).catch((error: unknown) => {
    if (page.isClosed()) throw error;
    return { path: "", isLogin: false, isTotp: false, isRefused: false, texts: [] };
  });
}

/** Runs inside the page: only what is in here exists there. */
function lookInPage(selectors: typeof PORTAL): PortalSight {
  const isThere = (selector: string) => document.querySelector(selector)?.checkVisibility() ?? false;
  const isLogin = isThere(selectors.username);
  const isTotp = isThere(selectors.passcode);
  const refusal = /authentication failed|invalid (login|user|password)/i;
  return {
    path: location.pathname,
    isLogin,
    isTotp,
    isRefused: (isLogin || isTotp) && refusal.test(document.body.textContent),
    texts: [...document.querySelectorAll(selectors.message)].map((message) => message.textContent?.trim() ?? ""),
  };
}
