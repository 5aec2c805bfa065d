import { Hono } from "hono";
import { type NodeEnv, serveApp } from "../serve.ts";
import { pageApi, type SendCode, takeServerError } from "./api.ts";
import { pageDocument } from "./document.ts";
import { type Attempt, type Click, Delays, Switches, Visit, type World } from "./world.ts";

export type PracticeFusionOptions = {
  account: { username: string; password: string };
  /** Gets the sentence that would be texted to the clinic's phone, `codeMs` after it was asked for. */
  sendText: (text: string) => void;
  switches?: Partial<Switches>;
  delays?: Partial<Delays>;
  /** Default 12 hours. */
  sessionTtlMs?: number;
  /** 0, the default, takes any free port. */
  port?: number;
};

/** What a test, or a person with curl, may change while it runs. */
export type ControlRequest = {
  switches?: Partial<Switches>;
  delays?: Partial<Delays>;
  /** Epoch ms that the EHR's clock shows from now on. */
  clockAt?: number;
  /** The visits of a day, in place of the seeded ones. */
  days?: Record<string, Visit[]>;
  expireSessions?: true;
};

export type PracticeFusion = {
  /** Address of the one document, for `baseUrl` of the connector. */
  url: string;
  /** Sets any of switches, delays, clock, rows of days; also at `POST /control`, with the same JSON. */
  set(request: ControlRequest): void;
  /** A session as if somebody had signed in: the token, which is both the `session` cookie and localStorage's `token`. */
  openSession(): string;
  /** Back to a good day: switches and delays as at the start, no sessions, no records. */
  reset(): void;
  /** What the EHR has seen; also at `GET /control`. */
  seen(): { attempts: Attempt[]; clicks: Click[]; sessions: number; dateChanges: number; browserZone: string };
  close(): Promise<void>;
};

/** A pretend Practice Fusion on a port of its own: one hash-routed document that behaves, and misbehaves, like the real one. */
export async function startPracticeFusion(options: PracticeFusionOptions): Promise<PracticeFusion> {
  const world = newWorld(options);
  const { sendCode, stop } = messenger(world, options.sendText);
  const set = (request: ControlRequest) => change(world, request);
  const seen = () => ({
    attempts: world.attempts,
    clicks: world.clicks,
    sessions: world.sessions.size,
    dateChanges: world.dateChanges,
    browserZone: world.browserZone,
  });
  const app = new Hono<NodeEnv>();
  app.get("/", (c) => c.redirect("/apps/ehr/index.html"));
  app.get("/apps/ehr/index.html", async (c) =>
    takeServerError(world) ? c.text("Internal error", 500) : c.html(await pageDocument(world.account)),
  );
  app.route("/api", pageApi(world, sendCode));
  app.get("/control", (c) => c.json({ switches: world.switches, delays: world.delays, ...seen() }));
  app.post("/control", async (c) => {
    try {
      set(await c.req.json());
    } catch (error) {
      return c.text(error instanceof Error ? error.message : "not understood", 400);
    }
    return c.body(null, 204);
  });
  const { url, close } = await serveApp(app, { port: options.port ?? 0 });
  return {
    url: `${url}/apps/ehr/index.html`,
    set,
    openSession() {
      const token = crypto.randomUUID();
      world.sessions.set(token, world.now() + world.sessionTtlMs);
      return token;
    },
    reset: () => void Object.assign(world, newWorld(options)),
    seen,
    async close() {
      stop();
      await close();
    },
  };
}

function newWorld(options: PracticeFusionOptions): World {
  return {
    account: options.account,
    sessionTtlMs: options.sessionTtlMs ?? 12 * 3_600_000,
    now: Date.now,
    switches: Switches.parse(options.switches ?? {}),
    delays: Delays.parse(options.delays ?? {}),
    days: new Map(),
    sessions: new Map(),
    pending: new Map(),
    knownDevices: new Set(),
    dateChanges: 0,
    browserZone: "",
    attempts: [],
    clicks: [],
  };
}

function change(world: World, request: ControlRequest): void {
  world.switches = Switches.parse({ ...world.switches, ...request.switches });
  world.delays = Delays.parse({ ...world.delays, ...request.delays });
  for (const [on, visits] of Object.entries(request.days ?? {})) world.days.set(on, Visit.array().parse(visits));
  if (request.expireSessions) world.sessions.clear();
  if (request.clockAt !== undefined) {
    const aheadMs = request.clockAt - Date.now();
    world.now = () => Date.now() + aheadMs;
  }
}

/** The EHR's way to the clinic's phone. Texts on their way are dropped by `stop`. */
function messenger(world: World, sendText: (text: string) => void) {
  const timers = new Set<NodeJS.Timeout>();
  const sendCode: SendCode = (code, delayMs = world.delays.codeMs) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      sendText(`Your code is: ${code}. Thank you.`);
    }, delayMs);
    timers.add(timer);
  };
  return { sendCode, stop: () => timers.forEach(clearTimeout) };
}
