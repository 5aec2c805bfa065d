import { timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import type { Later } from "../later.ts";
import type { NodeEnv } from "../serve.ts";
import { type Account, setStatus } from "./account.ts";
import { createMessage } from "./create-message.ts";
import { tell } from "./deliver.ts";
import { listMessages } from "./list-messages.ts";
import { API_VERSION, errorDocument, messageDocument } from "./wire.ts";

/** The Messages resource of Twilio's REST API, version 2010-04-01, for one account. */
export function twilioRest(account: Account, later: Later): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>().basePath(`/${API_VERSION}/Accounts/${account.accountSid}`);

  app.use(async (c, next) => {
    if (isAuthorized(account, c.req.header("authorization"))) return next();
    account.note({ event: "refused", httpStatus: 401, code: 20003 });
    return c.json(errorDocument(401), 401, { "www-authenticate": 'Basic realm="Twilio API"' });
  });

  app.post("/Messages.json", async (c) => {
    const form = Object.fromEntries(new URLSearchParams(await c.req.text()));
    return createMessage(account, later, form, c.env);
  });

  app.get("/Messages.json", (c) => {
    account.note({ event: "list", to: c.req.query("To") ?? "" });
    return c.json(listMessages(account, new URL(c.req.url).searchParams));
  });

  app.get("/Messages/:file{SM[0-9a-f]{32}\\.json}", (c) => {
    const message = account.messages.get(sidOf(c.req.param("file")));
    return message ? c.json(messageDocument(account, message)) : c.json(errorDocument(404), 404);
  });

  app.post("/Messages/:file{SM[0-9a-f]{32}\\.json}", async (c) => {
    const message = account.messages.get(sidOf(c.req.param("file")));
    if (!message) return c.json(errorDocument(404), 404);
    const form = new URLSearchParams(await c.req.text());
    if (form.get("Status") !== "canceled" || message.status !== "scheduled") {
      return c.json(errorDocument(400, 30409), 400);
    }
    setStatus(account, message, "canceled");
    tell(account, later, message, { status: "canceled", errorCode: null }, account.tuning.callbackLagMs);
    return c.json(messageDocument(account, message));
  });

  return app;
}

function sidOf(file: string): string {
  return file.replace(".json", "");
}

function isAuthorized(account: Account, header: string | undefined): boolean {
  const expected = Buffer.from(`Basic ${btoa(`${account.accountSid}:${account.authToken}`)}`);
  const given = Buffer.from(header ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
