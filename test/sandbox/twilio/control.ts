import { Hono } from "hono";
import * as z from "zod";
import type { NodeEnv } from "../serve.ts";
import type { TwilioControls } from "./start.ts";
import { StepInput } from "./steps.ts";

const E164 = z.string().regex(/^\+\d{8,15}$/);
const Sender = z.object({
  number: E164,
  name: z.string().min(1),
  serviceSid: z.string().optional(),
  inboundUrl: z.url().optional(),
});
const Tuning = z
  .strictObject({
    providerDelayMs: z.number(),
    listLagMs: z.number(),
    redactedBody: z.string().nullable(),
    redactsNumbers: z.boolean(),
    statusStepMs: z.number(),
    callbackLagMs: z.number(),
    callbackOrder: z.enum(["in-order", "reversed", "shuffled"]),
    callbackCopies: z.number().int(),
    callbacks: z.enum(["all", "none"]),
    optOutSeen: z.enum(["at-create", "at-send"]),
    pricePerSegment: z.number(),
    priceUnit: z.string(),
    priceLagMs: z.number(),
  })
  .partial();

/** The switches for drills and people in another process; the same as the functions `startTwilio` returns. */
export function twilioControl(controls: TwilioControls): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>().basePath("/control");
  app.onError((error, c) => c.json({ error: error.message }, error instanceof z.ZodError ? 400 : 500));

  app.put("/scripts/:number", async (c) => {
    const steps = z.array(StepInput).parse(await c.req.json());
    controls.script(c.req.param("number"), ...steps);
    return c.json({ steps: steps.length });
  });
  app.post("/tuning", async (c) => {
    controls.tune(withoutUndefined(Tuning.parse(await c.req.json())));
    return c.body(null, 204);
  });
  app.post("/senders", async (c) => {
    controls.addSender(withoutUndefined(Sender.parse(await c.req.json())));
    return c.body(null, 204);
  });
  app.post("/texts", async (c) => {
    const text = z.object({ from: E164, to: E164, body: z.string() }).parse(await c.req.json());
    return c.json(await controls.text(text), 201);
  });
  app.post("/release-scheduled", (c) => {
    controls.releaseScheduled({ all: true });
    return c.body(null, 204);
  });
  app.get("/ledger", (c) => c.json(controls.ledger));
  app.delete("/", (c) => {
    controls.reset();
    return c.body(null, 204);
  });
  return app;
}

/** zod's optional keys may hold undefined; the product's types (exactOptionalPropertyTypes) want them absent. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
