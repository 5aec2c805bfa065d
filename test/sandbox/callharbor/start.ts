import { Hono } from "hono";
import { type NodeEnv, type Served, serveApp } from "../serve.ts";
import { portal } from "./portal.ts";

export type CallHarborOptions = {
  account: { username: string; password: string /** Base32, as the portal shows it once. */; totpSecret: string };
  switches?: Partial<PortalSwitches>;
  /** Conversations already there, newest text of each; default: older codes and other texts. */
  messages?: string[];
  sessionTtlMs?: number;
  /** How long the page takes to show its list. */
  renderMs?: number;
  port?: number;
};

export type PortalSwitches = {
  /** The next one-time password is refused although it is right. */
  totpRejectOnce: boolean;
  badPassword: boolean;
};

export type Portal = {
  options: CallHarborOptions;
  switches: PortalSwitches;
  messages: string[];
  /** Token to the instant it ends; `half` sessions still owe the one-time password. */
  sessions: Map<string, { endsAt: number; half: boolean }>;
  attempts: { kind: "login" | "totp"; ok: boolean }[];
  now: () => number;
};

export type CallHarbor = {
  /** Base address, for the connector's `portalUrl`. */
  url: string;
  /** A text arrives; it becomes its conversation's latest. Also at `POST /control/messages`. */
  receive(text: string): void;
  set(change: { switches?: Partial<PortalSwitches>; clockAt?: number; expireSessions?: true }): void;
  reset(): void;
  seen(): { attempts: Portal["attempts"]; messages: string[] };
  close(): Promise<void>;
};

const USUAL_MESSAGES = [
  "Running ten minutes late, sorry!",
  "Your code is: 48213. Thank you.",
  "Can I move my visit to Friday?",
  "Your pickup code is 77120, valid today.",
  "Your code is: 905512. Thank you.",
];

/** A pretend phone portal: log in, one-time password, a list with the latest text of each conversation. */
export async function startCallHarbor(options: CallHarborOptions): Promise<CallHarbor> {
  const world = newPortal(options);
  const app = new Hono<NodeEnv>();
  app.route("/", portal(world));
  app.post("/control/messages", async (c) => {
    receive(world, (await c.req.json()).text);
    return c.body(null, 204);
  });
  const served: Served = await serveApp(app, { port: options.port ?? 0 });
  return {
    url: served.url,
    close: served.close,
    receive: (text) => receive(world, text),
    set({ switches, clockAt, expireSessions }) {
      Object.assign(world.switches, switches);
      if (expireSessions) world.sessions.clear();
      if (clockAt === undefined) return;
      const aheadMs = clockAt - Date.now();
      world.now = () => Date.now() + aheadMs;
    },
    reset: () => void Object.assign(world, newPortal(options)),
    seen: () => ({ attempts: world.attempts, messages: world.messages }),
  };
}

function newPortal(options: CallHarborOptions): Portal {
  return {
    options,
    switches: { totpRejectOnce: false, badPassword: false, ...options.switches },
    messages: [...(options.messages ?? USUAL_MESSAGES)],
    sessions: new Map(),
    attempts: [],
    now: Date.now,
  };
}

/** Not at the top: the portal keeps its own order of conversations, so the first code is not the newest. */
function receive(world: Portal, text: string): void {
  world.messages.splice(Math.min(3, world.messages.length), 0, text);
}
