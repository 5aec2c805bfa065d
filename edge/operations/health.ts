import { Hono } from "hono";
import { equalInConstantTime } from "../crypto.ts";
import { HearbackError } from "../errors.ts";
import type { AppEnv } from "../http.ts";
import { errorFields } from "../log.ts";
import { spoolDepth } from "../responses/survey/hold-answers.ts";
import { formatMetrics } from "./format-metrics.ts";
import { storeTakesWrites } from "./probe-store.ts";
import { readMetrics } from "./read-metrics.ts";

/** What operators ask: is the process up, can it do its work, how is it doing. No answer says anything about a patient. */
export const healthRoutes = new Hono<AppEnv>()
  .use(async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
  })
  .get("/healthz", (c) => c.json({ up: true }))
  .get("/readyz", async (c) => {
    const env = c.get("env");
    const [store, spool] = await Promise.allSettled([storeTakesWrites(env, c.get("now")()), spoolDepth(env)]);
    const isReady = store.status === "fulfilled";
    if (!isReady) c.get("log").warn("store takes no writes", errorFields(store.reason));
    const checks = { store: isReady ? "ok" : "failed", spool: spool.status === "fulfilled" ? "ok" : "failed" };
    return c.json({ ready: isReady, checks }, isReady ? 200 : 503, isReady ? {} : { "retry-after": "5" });
  })
  .get("/metrics", async (c) => {
    const env = c.get("env");
    const given = c.req.header("authorization") ?? "";
    if (!(await equalInConstantTime(`Bearer ${env.METRICS_TOKEN}`, given))) {
      throw new HearbackError("UNAUTHENTICATED", "This needs the metrics token.");
    }
    const text = formatMetrics(await readMetrics(env, c.get("now")()));
    return c.body(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
