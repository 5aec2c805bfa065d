import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { TOTP } from "otpauth";
import { loginView, messagesView, totpView } from "./pages.ts";
import type { Portal } from "./start.ts";

const LOGIN = "/portal/login/index";
const TOTP_PAGE = "/portal/login/mfa/1";

/** The portal's routes. Server-rendered forms; the list of texts is fetched by the page after it has loaded. */
export function portal(world: Portal): Hono {
  const app = new Hono();
  app.get("/", (c) => c.redirect("/portal/messages"));
  app.get(LOGIN, (c) => c.html(loginView(world.options.account, "")));
  app.post(LOGIN, (c) => logIn(c, world));
  app.get(TOTP_PAGE, (c) => (session(c, world) ? c.html(totpView("")) : c.redirect(LOGIN)));
  app.post(TOTP_PAGE, (c) => passTotp(c, world));
  app.get("/portal/home", (c) => (isIn(c, world) ? c.redirect("/portal/messages") : c.redirect(LOGIN)));
  app.get("/portal/messages", (c) =>
    isIn(c, world) ? c.html(messagesView(world.options.renderMs ?? 300)) : c.redirect(LOGIN),
  );
  app.get("/portal/messages/list", (c) => (isIn(c, world) ? c.json(world.messages) : c.json([], 401)));
  return app;
}

async function logIn(c: Context, world: Portal) {
  const form = await c.req.parseBody();
  const { username, password } = world.options.account;
  const ok =
    !world.switches.badPassword &&
    form["data[Login][username]"] === username &&
    form["data[Login][password]"] === password;
  world.attempts.push({ kind: "login", ok });
  if (!ok) return c.html(loginView(world.options.account, "Invalid login or password"));
  const token = crypto.randomUUID();
  world.sessions.set(token, { endsAt: endOfSession(world), half: true });
  setCookie(c, "portal", token, { httpOnly: true, path: "/", maxAge: 30 * 24 * 3600 });
  return c.redirect(TOTP_PAGE);
}

/** Right only within its own 30 seconds: no tolerance, so that a password sent too late is found out. */
async function passTotp(c: Context, world: Portal) {
  const found = session(c, world);
  if (!found) return c.redirect(LOGIN);
  const form = await c.req.parseBody();
  const totp = new TOTP({ secret: world.options.account.totpSecret });
  const right = form["data[Login][passcode]"] === totp.generate({ timestamp: world.now() });
  const ok = right && !world.switches.totpRejectOnce;
  world.switches.totpRejectOnce = false;
  world.attempts.push({ kind: "totp", ok });
  if (!ok) return c.html(totpView("Authentication failed"));
  found.half = false;
  return c.redirect("/portal/home");
}

function endOfSession(world: Portal): number {
  return world.now() + (world.options.sessionTtlMs ?? 24 * 3_600_000);
}

function session(c: Context, world: Portal) {
  const found = world.sessions.get(getCookie(c, "portal") ?? "");
  return found && found.endsAt > world.now() ? found : undefined;
}

function isIn(c: Context, world: Portal): boolean {
  return session(c, world)?.half === false;
}
