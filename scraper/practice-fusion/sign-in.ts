import { ScrapeFailure } from "../failures.ts";
import type { MfaCodeSource } from "../mfa/code-source.ts";
import { type Desk, goToRoute, only } from "./desk.ts";
import { ROUTES, SELECTORS } from "./selectors.ts";
import { look, type Sight } from "./sight.ts";

/** Signs in from the login form, by phone code if one is wanted. Every refusal is final: the account must not be locked. */
export async function signIn(desk: Desk, codes: MfaCodeSource): Promise<void> {
  const { steps, page, settings } = desk;
  const { limits } = settings;
  await steps.step("login form", async () => {
    await goToRoute(desk, ROUTES.login);
    const probe = async () => (await look(page)).isLogin || undefined;
    await steps.until(probe, { limitMs: limits.pageMs, otherwise: "layout_changed" });
  });
  const next = await steps.step("password", () => givePassword(desk));
  if (next === "securitycheck") await steps.step("security check", () => passSecurityCheck(desk, codes));
}

async function givePassword(desk: Desk): Promise<"home" | "securitycheck"> {
  const { page, steps, settings } = desk;
  const before = (await look(page)).alert;
  await (await only(desk, SELECTORS.username)).fill(settings.username);
  await (await only(desk, SELECTORS.password)).fill(settings.password);
  await (await only(desk, SELECTORS.loginButton)).click();
  const probe = async () => {
    const sight = await look(page);
    if (sight.isSecurityCheck) return "securitycheck" as const;
    if (isHome(sight)) return "home" as const;
    if (sight.isLogin && isRefusal(sight, before)) throw new ScrapeFailure("bad_credentials");
    return undefined;
  };
  return steps.until(probe, { limitMs: settings.limits.loginMs, otherwise: "login_unanswered" });
}

/** A refused code is asked for once more; codes of earlier sign-ins are never tried. */
async function passSecurityCheck(desk: Desk, codes: MfaCodeSource): Promise<void> {
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      await codes.remember();
      const requestedAfter = Date.now();
      await (await only(desk, SELECTORS.sendCode)).click();
      const code = await codes.waitForCode({ requestedAfter, timeoutMs: desk.settings.limits.mfaCodeMs });
      if (await giveCode(desk, code)) return;
    }
    throw new ScrapeFailure("mfa_rejected");
  } finally {
    await codes.close();
  }
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
