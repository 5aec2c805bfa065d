import type { ExecutionContext, ExportedHandler, MessageBatch, ScheduledController } from "@cloudflare/workers-types";
import { createApp } from "./app.ts";
import { systemClock } from "./clock.ts";
import { readEnv, type WakeMessage } from "./env.ts";
import { createLog, errorFields } from "./log.ts";
import { drainSpool } from "./responses/survey/hold-answers.ts";
import { takeReplies } from "./sources/refresh/take-replies.ts";
import { runTenant, tick } from "./tick.ts";

export { RateBucket } from "./delivery/rate-bucket.ts";
export { AnswerSpool } from "./responses/answer-spool.ts";

const EVERY_MINUTE = "* * * * *";
const app = createApp({ now: systemClock });

/** What Cloudflare calls: a request, the one clock, and wake-ups. */
const worker = {
  fetch: (request: Request, env: object, context: ExecutionContext) => app.fetch(request, env, context as never),

  async scheduled(controller: ScheduledController, rawEnv: object) {
    if (controller.cron !== EVERY_MINUTE) throw new Error(`no such clock: ${controller.cron}`);
    const env = readEnv(rawEnv);
    const drained = drainSpool(env).catch((error) => createLog().error("spool not drained", errorFields(error)));
    const replied = takeReplies(env, systemClock).catch((error) =>
      createLog().error("replies not taken", errorFields(error)),
    );
    const woken = await tick(env, systemClock);
    if (woken > 0) createLog().info("tick", { woken });
    await Promise.all([drained, replied]);
  },

  async queue(batch: MessageBatch<WakeMessage>, rawEnv: object) {
    const env = readEnv(rawEnv);
    const ids = new Set(batch.messages.map((message) => message.body.tenantId));
    const runs = [...ids].map((id) =>
      runTenant(env, id, systemClock).catch((error) => createLog().error("run failed", errorFields(error))),
    );
    await Promise.all(runs);
  },
} satisfies Pick<ExportedHandler<object, WakeMessage>, "queue" | "scheduled"> & { fetch: unknown };

export default worker;
