import { Hono } from "hono";
import { type NodeEnv, type Served, serveApp } from "./serve.ts";

export type Delivery = { url: string; headers: Headers; body: string; form: Record<string, string> };

/** A webhook of ours, for tests of the stand-ins: keeps what was posted and answers what `answer` says. */
export async function startWebhookSink(
  answer: (delivery: Delivery) => Response = () => new Response(null, { status: 204 }),
) {
  const deliveries: Delivery[] = [];
  const app = new Hono<NodeEnv>().post("*", async (c) => {
    const body = await c.req.text();
    const form = Object.fromEntries(new URLSearchParams(body));
    const delivery = { url: c.req.url, headers: c.req.raw.headers, body, form };
    deliveries.push(delivery);
    return answer(delivery);
  });
  const served: Served = await serveApp(app);
  return { ...served, deliveries };
}
