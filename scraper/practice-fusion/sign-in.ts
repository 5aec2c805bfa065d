import { ScrapeFailure } from "../failures.ts";
import type { MfaCodeSource } from "../mfa/code-source.ts";
import { type Desk, goToRoute, only } from "./desk.ts";
import { ROUTES, SELECTORS } from "./selectors.ts";
import { look, type Sight } from "./sight.ts";

/**
 * Signs in from the login form, by phone code if one is wanted. Every refusal is final: the account must not be locked.
 * The source of codes is opened meanwhile, as nearly every sign-in wants one.
 */
export async function signIn(desk: Desk, codes: MfaCodeSource): Promise<void> {
  const { steps } = desk;
  codes.prepare();
  try {
    await steps.step("login form", () => openLoginForm(desk));
    const next = await steps.step("password", () => givePassword(desk));
    if (next === "securitycheck") await steps.step("security check", () => passSecurityCheck(desk, codes));
  } finally {
    await codes.close();
  }
}

async function openLoginForm(desk: Desk): Promise<void> {
  const { steps, page, settings } = desk;
  await goToRoute(desk, ROUTES.login);
  const probe = async () => (await look(page)).isLogin || undefined;
  await steps.until(probe, { limitMs: settings.limits.pageMs, otherwise: "layout_changed" });
}

async function givePassword(desk: Desk): Promise<"home" | "securitycheck"> {
  const { page, steps, settings } = desk;
  const before = (await look(page)).alert;
  await (await only(desk, SELECTORS.username)).fill(settings.username);
  await (await only(desk, SELECTORS.password)).fill(settings.password);
  await (await only(desk, SELECTORS.loginButton)).click();
  const probe = async () => {
    const sight = await look(page);
    // The address changes as soon as the password is accepted, the form comes later.
    if (sight.isSecurityCheck || sight.hash.startsWith(ROUTES.securityCheck)) return "securitycheck" as const;
    if (isHome(sight)) return "home" as const;
    if (sight.isLogin && isRefusal(sight, before)) throw new ScrapeFailure("bad_credentials");
    return undefined;
  };
  return steps.until(probe, { limitMs: settings.limits.loginMs, otherwise: "login_unanswered" });
}

/** A refused code is asked for once more; codes of earlier sign-ins are never tried. */
async function passSecurityCheck(desk: Desk, codes: MfaCodeSource): Promise<void> {
  const { page, steps, settings } = desk;
  const { loginMs, mfaCodeMs } = settings.limits;
  const formShown = async () => (await look(page)).isSecurityCheck || undefined;
  for (let attempt = 0; attempt < 2; attempt++) {
    const form = steps.until(formShown, { limitMs: loginMs, otherwise: "login_unanswered" });
    await Promise.all([codes.remember(), form]);
    const requestedAfter = Date.now();
    await (await only(desk, SELECTORS.sendCode)).click();
    const code = await codes.waitForCode({ requestedAfter, timeoutMs: mfaCodeMs });
    if (await giveCode(desk, code)) return;
  }
  throw new ScrapeFailure("mfa_rejected");
}

async function giveCode(desk: Desk, code: string): Promise<boolean> {
  const { page, steps, settings } = desk;
  const before = (await look(page)).alert;
  await (await only(desk, SELECTORS.code)).fill(code);
  await (await only(desk, SELECTORS.confirmCode)).click();
  const probe = async () => {
    const sight = await look(page);
    if (isHome(sight)) return true;
    return sight.isSecurityCheck && isRefusal(sight, before) ? false : undefined;
  };
  return steps.until(probe, { limitMs: settings.limits.loginMs, otherwise: "mfa_rejected" });
}

const isHome = (sight: Sight) => sight.isSignedIn && sight.hash.startsWith("#/PF/");

/** Something new that speaks of what was typed; a banner about cookies is none. */
function isRefusal({ alert }: Sight, before: string): boolean {
  return alert !== before && /password|user ?name|credential|code|incorrect|invalid|wrong|locked|expired/i.test(alert);
}
