import { Hono } from "hono";
import { streamChanges } from "../pages/stream-changes.ts";
import type { NodeEnv } from "../serve.ts";
import type { Account } from "../twilio/account.ts";
import type { TwilioControls } from "../twilio/start.ts";
import { conversationPage } from "./conversation.ts";
import { directoryPage } from "./directory.ts";

/** The phones of the pretend patients: `/phone` lists them, `/phone/{number}` reads and answers one. */
export function phonePages(account: Account, controls: TwilioControls): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>().basePath("/phone");

  app.get("/", (c) => c.html(directoryPage(account)));
  app.get("/open", (c) => c.redirect(`/phone/${encodeURIComponent(dialled(c.req.query("number") ?? ""))}`, 303));
  app.get("/live", (c) =>
    streamChanges(
      c,
      watch(account, () => true),
    ),
  );

  app.get("/:number", (c) => c.html(conversationPage(account, c.req.param("number"), c.req.query("with"))));
  app.get("/:number/live", (c) =>
    streamChanges(
      c,
      watch(account, (phone) => phone === c.req.param("number")),
    ),
  );
  app.post("/:number/reply", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const [from, to] = [c.req.param("number"), form.get("to") ?? ""];
    const body = form.get("quick") ?? form.get("body") ?? "";
    if (body.trim() !== "") await controls.text({ from, to, body });
    return c.redirect(`/phone/${encodeURIComponent(from)}?with=${encodeURIComponent(to)}`, 303);
  });
  return app;
}

function watch(account: Account, concerns: (phone: string) => boolean) {
  return (notify: () => void) => {
    const listener = (phone: string) => void (concerns(phone) && notify());
    account.changeListeners.add(listener);
    return () => void account.changeListeners.delete(listener);
  };
}

function dialled(input: string): string {
  const digits = input.replace(/\D/g, "");
  return digits.length === 10 ? `+1${digits}` : `+${digits}`;
}
