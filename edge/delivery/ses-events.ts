import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import { HearbackError } from "../errors.ts";
import { type AppEnv, parseJson } from "../http.ts";
import { type KeptPost, keepPost, passwordPost, settlePost } from "./password-post.ts";
import { recordReport } from "./record-report.ts";

const SOURCE = "ses";
const CONFIRM_DEADLINE_MS = 10_000;

/** Amazon SNS's envelope. It signs too, under a certificate to be fetched from an address that the caller names. */
const Envelope = z.discriminatedUnion("Type", [
  z.object({ Type: z.literal("Notification"), Message: z.string() }),
  z.object({ Type: z.literal("SubscriptionConfirmation"), SubscribeURL: z.string() }),
  z.object({ Type: z.literal("UnsubscribeConfirmation") }),
]);

/** SES's event, as far as it matters here. New types and further fields are welcome. */
const Event = z.object({
  eventType: z.string().min(1).max(40),
  mail: z.object({
    messageId: z.string().min(1).max(200),
    tags: z.record(z.string(), z.array(z.string().max(200))).default({}),
  }),
  bounce: z.object({ bounceType: z.string().max(40), bounceSubType: z.string().max(40).default("") }).optional(),
});
type Event = z.infer<typeof Event>;

/**
 * `POST /t/:tenant/ses/events`: what became of a mail, through Amazon SNS. SNS knows the password from the address of
 * its subscription, so that it is checked before anything is read or fetched, as at the other providers; its signature
 * would have a Worker fetch a certificate first, from wherever the caller says. Answered once all is stored.
 */
export const sesEvents = new Hono<AppEnv>()
  .use(async (c, next) => {
    await next();
    // SNS says its password only when it is asked for it.
    if (c.res.status === 401) c.res.headers.set("www-authenticate", 'Basic realm="hearback", charset="UTF-8"');
  })
  .post("/events", async (c) => {
    const { ctx, raw } = await passwordPost(c, { source: SOURCE, secret: c.get("env").SES_EVENTS_SECRET });
    const envelope = parseJson(Envelope, raw);
    if (envelope.Type === "SubscriptionConfirmation") await confirm(ctx, envelope.SubscribeURL);
    if (envelope.Type === "Notification") {
      await handleEvent(ctx, await keepPost(ctx, SOURCE, raw));
    }
    return c.body(null, 204);
  });

/** Records what a kept event says. Handled again, what was recorded stays as it is. */
export async function handleEvent(ctx: Context, { key, raw }: KeptPost): Promise<void> {
  const envelope = parseJson(Envelope, raw);
  if (envelope.Type !== "Notification") return;
  const event = readEvent(envelope.Message);
  if (!event) {
    await settlePost(ctx, SOURCE, key, "event not as expected");
    ctx.log.warn("mail event not as expected");
    return;
  }
  const { messageId, tags } = event.mail;
  // One configuration set serves all clinics of a desk, and tells each of them of everybody's mail.
  if (tags.tenant?.[0] !== undefined && tags.tenant[0] !== ctx.tenant.slug) return settlePost(ctx, SOURCE, key, null);
  const touchId = tags.touch?.[0] ?? "";
  const outcome = await recordReport(ctx, {
    provider: SOURCE,
    touchId,
    attemptId: tags.attempt?.[0] ?? null,
    providerId: messageId,
    status: event.eventType,
    errorCode: errorOf(event),
  });
  await settlePost(ctx, SOURCE, key, null);
  ctx.log.info("mail event", { touch: touchId, status: event.eventType, outcome });
}

function readEvent(message: string): Event | null {
  try {
    return Event.parse(JSON.parse(message));
  } catch {
    return null;
  }
}

/** Transient bounces that are about the mail itself: the same one would come back again. */
const OF_CONTENT = ["MessageTooLarge", "ContentRejected", "AttachmentRejected"];

/** `bounce_permanent`: the address is none; `bounce_transient`: it took no mail for as long as SES itself tried. */
function errorOf({ eventType, bounce }: Event): string | null {
  if (eventType === "Bounce") {
    const { bounceType = "undetermined", bounceSubType = "" } = bounce ?? {};
    return OF_CONTENT.includes(bounceSubType) ? "bounce_of_content" : `bounce_${bounceType.toLowerCase()}`;
  }
  if (eventType === "Complaint") return "complaint";
  return eventType === "Reject" || eventType === "Rendering Failure" ? eventType : null;
}

async function confirm(ctx: Context, address: string): Promise<void> {
  if (!isSnsConfirmation(address)) {
    throw new HearbackError("BAD_REQUEST", "This is not where Amazon SNS confirms a subscription.");
  }
  const answer = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(CONFIRM_DEADLINE_MS) });
  await answer.body?.cancel();
  if (!answer.ok) throw new HearbackError("UNAVAILABLE", `Amazon SNS answered ${answer.status}.`);
  ctx.log.info("mail events subscribed");
}

/** Whether following this address does nothing but confirm a subscription at Amazon SNS. */
export function isSnsConfirmation(address: string): boolean {
  const url = URL.parse(address);
  if (url?.protocol !== "https:" || url.username || url.port || url.pathname !== "/") return false;
  const isAmazon = /^sns\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?$/.test(url.hostname);
  return isAmazon && url.searchParams.get("Action") === "ConfirmSubscription";
}
