import { type FailureCode, ScrapeFailure } from "../failures.ts";
import type { PortalDesk } from "./callharbor.ts";
import { freshTotp } from "./fresh-totp.ts";
import { lookAtPortal, PORTAL } from "./portal-sight.ts";

/** Fills in the login form that is open, and the one-time password if it is asked for. A refused password is never tried again. */
export async function logInToPortal(desk: PortalDesk): Promise<void> {
  const { page, settings } = desk;
  await page.locator(PORTAL.username).fill(settings.username);
  await page.locator(PORTAL.password).fill(settings.password);
  const next = await submit(desk, PORTAL.logIn, "portal_bad_credentials");
  if (next === "refused") throw new ScrapeFailure("portal_bad_credentials");
  if (next === "totp") await passTotp(desk);
}

/** A refusal is answered once with the next window's password: clocks differ, and passwords are good for one use. */
async function passTotp(desk: PortalDesk): Promise<void> {
  const { page, settings, now, steps } = desk;
  let refused: string | undefined;
  for (let attempt = 0; attempt < 2; attempt++) {
    const passcode = await freshTotp(settings.totpSecret, { now, signal: steps.signal }, refused);
    await page.locator(PORTAL.passcode).fill(passcode);
    if ((await submit(desk, PORTAL.submit, "portal_totp_rejected")) === "in") return;
    refused = passcode;
  }
  throw new ScrapeFailure("portal_totp_rejected");
}

/** Sends the form and tells what came of it. What the page said before does not count, unless a new page says it again. */
async function submit(desk: PortalDesk, button: string, otherwise: FailureCode): Promise<"in" | "totp" | "refused"> {
  const { page, steps, settings } = desk;
  const before = await lookAtPortal(page);
  let isNewPage = false;
  page.once("domcontentloaded", () => {
    isNewPage = true;
  });
  await page.locator(button).click();
  const probe = async () => {
    const sight = await lookAtPortal(page);
    if (sight.isRefused && (isNewPage || !before.isRefused)) return "refused" as const;
    if (sight.isTotp && (isNewPage || !before.isTotp)) return "totp" as const;
    return !sight.isLogin && !sight.isTotp && sight.path !== "" ? ("in" as const) : undefined;
  };
  return steps.until(probe, { limitMs: settings.limits.pageMs, otherwise });
}
