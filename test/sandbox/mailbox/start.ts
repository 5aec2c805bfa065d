import { Hono } from "hono";
import { createLater } from "../later.ts";
import { type NodeEnv, serveApp } from "../serve.ts";
import {
  type Box,
  createBox,
  DEFAULT_TUNING,
  type EventSubscription,
  type HookCall,
  type Mail,
  type MailStepName,
  nextOf,
  type Tuning,
} from "./box.ts";
import { mailboxPages } from "./pages.ts";
import { ses } from "./ses.ts";
import type { Credentials } from "./sigv4.ts";

export type Mailbox = {
  /** Stands for https://email.{region}.amazonaws.com; the page is at `/mailbox`. */
  url: string;
  /** Oldest first. */
  mails: readonly Mail[];
  hookCalls: readonly HookCall[];
  /** Where alarms and other webhooks can be posted; the name groups them. */
  hookUrl(name: string): string;
  /** What happens to the next mails to `address` ("*": to any other); the last step stays. */
  script(address: string, ...steps: MailStepName[]): void;
  /** The HTTP statuses the next posts to that webhook get; the last stays. */
  scriptHook(name: string, ...httpStatuses: number[]): void;
  /** Where what becomes of a mail is told; nobody is told without it. */
  subscribe(subscription: EventSubscription): void;
  tune(changes: Partial<Tuning>): void;
  /** Resolves once every event was told. */
  settled(): Promise<void>;
  reset(): void;
  close(): Promise<void>;
};

/** Starts a stand-in for Amazon SES v2 that shows its mail, and a receiver for alarms and outgoing webhooks. */
export async function startMailbox(options: Credentials & { now?: () => number; port?: number }): Promise<Mailbox> {
  const box = createBox(options.now ?? Date.now);
  const app = new Hono<NodeEnv>();
  const later = createLater();
  app.route("/", ses(box, later, options));
  app.route("/", hooks(box));
  app.route("/", mailboxPages(box));
  const served = await serveApp(app, options);
  return {
    url: served.url,
    mails: box.mails,
    hookCalls: box.hookCalls,
    hookUrl: (name) => `${served.url}/hooks/${encodeURIComponent(name)}`,
    script: (address, ...steps) => void box.mailScripts.set(address, steps),
    scriptHook: (name, ...httpStatuses) => void box.hookScripts.set(name, httpStatuses),
    subscribe(subscription) {
      box.subscription = subscription;
    },
    tune: (changes) => void Object.assign(box.tuning, changes),
    settled: () => later.settled(),
    reset() {
      Object.assign(box.tuning, DEFAULT_TUNING);
      for (const list of [box.mails, box.hookCalls]) list.length = 0;
      for (const scripts of [box.mailScripts, box.hookScripts]) scripts.clear();
    },
    async close() {
      later.stop();
      await served.close();
    },
  };
}

/** Keeps every post, also the ones it is told to refuse. */
function hooks(box: Box): Hono<NodeEnv> {
  return new Hono<NodeEnv>().post("/hooks/:name", async (c) => {
    const name = c.req.param("name");
    box.addHookCall({ name, headers: c.req.header(), body: await c.req.text() });
    return new Response(null, { status: nextOf(box.hookScripts.get(name)) ?? 204 });
  });
}
