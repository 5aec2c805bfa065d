import { Hono } from "hono";
import * as z from "zod";
import { HearbackError } from "../errors.ts";
import type { AppEnv } from "../http.ts";
import { recordReport } from "./record-report.ts";
import { verifiedTwilioForm } from "./verify-twilio.ts";

/** Unknown further parameters are welcome: Twilio adds some without notice. */
const StatusForm = z.object({
  MessageSid: z.string().min(1).max(64),
  MessageStatus: z.string().min(1).max(40),
  ErrorCode: z.string().max(20).optional(),
});

/** `/t/:tenant/twilio…`: what became of a text. Recorded, repeated and unknown ones are all answered 204. */
export const deliveryWebhooks = new Hono<AppEnv>().post("/status/:touch", async (c) => {
  const { ctx, form } = await verifiedTwilioForm(c);
  const report = StatusForm.safeParse(form);
  if (!report.success) throw new HearbackError("BAD_REQUEST", "MessageSid and MessageStatus are needed.");
  const { MessageSid: providerId, MessageStatus: status, ErrorCode: errorCode } = report.data;
  const touchId = c.req.param("touch");
  const outcome = await recordReport(ctx, {
    provider: "twilio",
    touchId,
    attemptId: c.req.query("a") ?? null,
    providerId,
    status,
    errorCode: errorCode ?? null,
  });
  ctx.log.info("delivery report", { touch: touchId, status, error_code: errorCode, outcome });
  return c.body(null, 204);
});
