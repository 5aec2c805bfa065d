import { Hono } from "hono";
import { CreateJob, FinishJob, Heartbeat, KEY_HEADER, LeaseRequest } from "../contract/jobs.ts";
import { sha256 } from "../crypto.ts";
import { type AppEnv, parseJson } from "../http.ts";
import { createImportJob } from "./create-import-job.ts";
import { createScrapeJob } from "./create-scrape-job.ts";
import { finishJob } from "./finish-job.ts";
import { heartbeat, leaseJob } from "./lease-job.ts";
import { signedRequest } from "./signed-request.ts";

/** `/t/:tenant/api/v1/jobs…`: the container leases work, says that it lives, and reports how it ended. */
export const jobRoutes = new Hono<AppEnv>()
  .post("/", async (c) => {
    const { ctx, body, requestId } = await signedRequest(c, "jobs:work");
    const wanted = parseJson(CreateJob, body);
    // The answer may have been lost on its way: asked for again under the same id, it is the same job.
    const dedupeKey = await sha256(`${c.req.header(KEY_HEADER)}\n${requestId}\n${body}`);
    if (wanted.kind === "import") return c.json(await createImportJob(ctx, { dedupeKey, source: wanted.source }), 201);
    const { days } = wanted;
    return c.json(await createScrapeJob(ctx, { dedupeKey, ...(days && { days }) }), 201);
  })
  .post("/lease", async (c) => {
    const { ctx, body } = await signedRequest(c, "jobs:work");
    return c.json(await leaseJob(ctx, parseJson(LeaseRequest, body)));
  })
  .post("/:id/heartbeat", async (c) => {
    const { ctx, body } = await signedRequest(c, "jobs:work");
    await heartbeat(ctx, c.req.param("id"), parseJson(Heartbeat, body).leaseToken);
    return c.body(null, 204);
  })
  .post("/:id/finish", async (c) => {
    const { ctx, body } = await signedRequest(c, "jobs:work");
    await finishJob(ctx, c.req.param("id"), parseJson(FinishJob, body));
    return c.body(null, 204);
  });
