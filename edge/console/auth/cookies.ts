import type { Context as HonoContext } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { directoryOf } from "../../directory.ts";
import type { AppEnv } from "../../http.ts";
import { findSession, type Session } from "./session.ts";

/** `__Host-`: only over https (or localhost), only for this very host, only by us. */
const SESSION = "__Host-hearback";
const SIGN_IN = "__Host-hearback-sign-in";
const OPTIONS = { path: "/", secure: true, httpOnly: true, sameSite: "Lax" } as const;

/** Whose request it is; null when signed out. `isActivity: false` does not put off the automatic sign-out. */
export async function sessionOf(c: HonoContext<AppEnv>, isActivity = true): Promise<Session | null> {
  const token = getCookie(c, SESSION);
  return token ? findSession(directoryOf(c.get("env")), token, c.get("now")(), isActivity) : null;
}

/** Hands out the session cookie; without a token takes it back. Ends with the browser, and on our side sooner. */
export function setSessionCookie(c: HonoContext<AppEnv>, token: string | null): void {
  setCookie(c, SESSION, token ?? "", token ? OPTIONS : { ...OPTIONS, maxAge: 0 });
}

/** Ties a sign-in under way to this browser, so that nobody can be signed in with another's code. */
export function setSignInCookie(c: HonoContext<AppEnv>, state: string | null, seconds: number): void {
  setCookie(c, SIGN_IN, state ?? "", { ...OPTIONS, maxAge: state ? seconds : 0 });
}

export function signInCookie(c: HonoContext<AppEnv>): string | undefined {
  return getCookie(c, SIGN_IN);
}
