import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
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
  app.get("/live", (c) => changes(c, account, () => true));

  app.get("/:number", (c) => c.html(conversationPage(account, c.req.param("number"), c.req.query("with"))));
  app.get("/:number/live", (c) => changes(c, account, (phone) => phone === c.req.param("number")));
  app.post("/:number/reply", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const [from, to] = [c.req.param("number"), form.get("to") ?? ""];
    const body = form.get("quick") ?? form.get("body") ?? "";
    if (body.trim() !== "") await controls.text({ from, to, body });
    return c.redirect(`/phone/${encodeURIComponent(from)}?with=${encodeURIComponent(to)}`, 303);
  });
  return app;
}

function changes(c: Parameters<typeof streamSSE>[0], account: Account, concerns: (phone: string) => boolean) {
  return streamSSE(c, async (stream) => {
    await new Promise<void>((ended) => {
      const listener = (phone: string) => {
        if (concerns(phone)) stream.writeSSE({ event: "change", data: phone }).catch(ended);
      };
      account.changeListeners.add(listener);
      stream.write(": watching\n\n").catch(ended);
      stream.onAbort(() => {
        account.changeListeners.delete(listener);
        ended();
      });
    });
  });
}

function dialled(input: string): string {
  const digits = input.replace(/\D/g, "");
  return digits.length === 10 ? `+1${digits}` : `+${digits}`;
}
