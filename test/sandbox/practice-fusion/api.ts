import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { delay } from "./delay.ts";
import { today, visitsOf, type World } from "./world.ts";

/** The provider whose rows show while "all users" is unchecked. */
const OWN_PROVIDER = "BHUC COMMON GROUND";

/** Texts a code to the clinic's phone; without `delayMs` at the usual speed. */
export type SendCode = (code: string, delayMs?: number) => void;

/** What the page's own script calls. A session is a cookie and a token in localStorage, and both must fit. */
export function pageApi(world: World, sendCode: SendCode): Hono {
  const api = new Hono();
  signIn(api, world, sendCode);
  api.get("/boot", (c) => {
    world.browserZone = c.req.header("x-zone") ?? "";
    const { delays, switches } = world;
    return c.json({ today: today(world), signedIn: signedIn(c, world), delays, switches });
  });
  api.get("/poll", (c) => c.json({ news: 0 }));
  api.post("/click", async (c) => {
    world.clicks.push(await c.req.json());
    return c.body(null, 204);
  });
  api.get("/schedule", async (c) => {
    if (c.req.query("change")) noteDateChange(world);
    if (!signedIn(c, world)) return c.json({ error: "session" }, 401);
    if (takeServerError(world)) return c.json({ error: "internal" }, 500);
    const visits = visitsOf(world, c.req.query("on") ?? "");
    const all = c.req.query("all") === "true";
    await delay(world.delays.rowsMs);
    return c.json(all ? visits : visits.filter((visit) => visit.provider === OWN_PROVIDER));
  });
  return api;
}

/** True while the `http500` switch has answers left to spoil; takes one. */
export function takeServerError(world: World): boolean {
  if (world.switches.http500 <= 0) return false;
  world.switches.http500 -= 1;
  return true;
}

function signIn(api: Hono, world: World, sendCode: SendCode): void {
  api.post("/login", async (c) => {
    const { username, password } = await c.req.json();
    const ok =
      !world.switches.badPassword && username === world.account.username && password === world.account.password;
    world.attempts.push({ kind: "login", ok });
    if (!ok) return c.json({ error: "The username or password is not right." }, 401);
    const known = world.knownDevices.has(getCookie(c, "device") ?? "");
    if (known && !world.switches.mfaAlways) return c.json({ next: "home", token: openSession(c, world) });
    if (world.switches.codeStale) sendCode(newCode(), 0);
    const pending = crypto.randomUUID();
    world.pending.set(pending, "");
    setCookie(c, "pending", pending, { httpOnly: true, path: "/" });
    return c.json({ next: "mfa" });
  });
  api.post("/mfa/send", (c) => {
    const pending = getCookie(c, "pending") ?? "";
    if (!world.pending.has(pending)) return c.json({ error: "session" }, 401);
    const code = newCode();
    world.pending.set(pending, code);
    world.attempts.push({ kind: "code_request", ok: true });
    if (!world.switches.codeNever) sendCode(code);
    return c.body(null, 204);
  });
  api.post("/mfa/verify", async (c) => {
    const { code } = await c.req.json();
    const pending = getCookie(c, "pending") ?? "";
    const right = code !== "" && world.pending.get(pending) === code && !world.switches.mfaWrongOnce;
    world.switches.mfaWrongOnce = false;
    world.attempts.push({ kind: "code", ok: right });
    if (!right) return c.json({ error: "That code is not right." }, 401);
    world.pending.delete(pending);
    return c.json({ token: openSession(c, world) });
  });
}

function openSession(c: Context, world: World): string {
  const token = crypto.randomUUID();
  world.sessions.set(token, world.now() + world.sessionTtlMs);
  const device = crypto.randomUUID();
  world.knownDevices.add(device);
  const maxAge = 30 * 24 * 3600;
  setCookie(c, "session", token, { httpOnly: true, path: "/", maxAge });
  setCookie(c, "device", device, { httpOnly: true, path: "/", maxAge });
  return token;
}

function signedIn(c: Context, world: World): boolean {
  const token = c.req.header("x-token") ?? "";
  return token === getCookie(c, "session") && (world.sessions.get(token) ?? 0) > world.now();
}

function noteDateChange(world: World): void {
  world.dateChanges += 1;
  if (world.dateChanges !== world.switches.expireAfter) return;
  world.sessions.clear();
}

/** 5 to 7 digits, as the real ones vary. */
function newCode(): string {
  const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  return String(random)
    .padStart(10, "7")
    .slice(0, 5 + (random % 3));
}
