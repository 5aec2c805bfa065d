import { eq } from "drizzle-orm";
import { Hono } from "hono";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { isStoreUnavailable } from "../../db/connect.ts";
import { unsubscribeLinks } from "../../db/schema/engagement.ts";
import type { Frame } from "../../templates/surveys/pages/frame.tsx";
import { askToStopPage, stoppedPage, tryLaterPage, unknownLinkPage } from "../../templates/unsubscribe/pages.tsx";
import type { Context } from "../context.ts";
import { optOutStatements } from "../delivery/opt-out.ts";
import { limitMisses } from "./survey/limit-misses.ts";
import { localeOf, showTooMany } from "./survey/show.ts";
import { type PatientContext, type PatientEnv, visitOf } from "./survey/visit.ts";

/**
 * `/u/:token`: the way out of every mail (RFC 8058). Opening it changes nothing, because scanners open links; a post,
 * by the button or by the mail program itself, stops mail to the address at once. No login, no script, and nothing of
 * the post is read: the token is all that counts.
 */
export const unsubscribeRoutes = new Hono<PatientEnv>()
  .use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: [NONCE],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      strictTransportSecurity: "max-age=31536000; includeSubDomains",
      xFrameOptions: "DENY",
    }),
  )
  .use("/:token", async (c, next) => {
    c.header("cache-control", "no-store");
    c.header("x-robots-tag", "noindex, nofollow");
    c.set("visit", await visitOf(c, c.req.param("token"), { always: true }));
    await next();
  })
  .onError((error, c) => {
    if (isStoreUnavailable(error)) return showLater(c);
    throw error;
  })
  .get("/:token", async (c) => {
    const { tokenHash, ctx, token } = c.var.visit;
    if (tokenHash && !ctx) return showLater(c);
    const address = tokenHash && ctx ? await findAddress(ctx, tokenHash) : null;
    return address ? c.html(askToStopPage({ ...frameOf(c), action: `/u/${token}` })) : showUnknown(c);
  })
  .post("/:token", async (c) => {
    const { tokenHash, ctx } = c.var.visit;
    if (tokenHash && !ctx) return showLater(c);
    const addressKey = tokenHash && ctx ? await findAddress(ctx, tokenHash) : null;
    if (!addressKey || !ctx) return showUnknown(c);
    const statements = optOutStatements(ctx, { addressKey, source: "link", evidence: null, channel: "mail" });
    const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
    if (first) await ctx.db.batch([first, ...rest]);
    return c.html(stoppedPage(frameOf(c)));
  });

async function findAddress(ctx: Context, tokenHash: string): Promise<string | null> {
  const [row] = await ctx.db
    .select({ addressKey: unsubscribeLinks.addressKey })
    .from(unsubscribeLinks)
    .where(eq(unsubscribeLinks.tokenHash, tokenHash));
  return row?.addressKey ?? null;
}

async function showUnknown(c: PatientContext) {
  return (await limitMisses(c)) ? showTooMany(c) : c.html(unknownLinkPage(frameOf(c)), 404);
}

function showLater(c: PatientContext) {
  c.header("retry-after", "60");
  return c.html(tryLaterPage(frameOf(c)), 503);
}

function frameOf(c: PatientContext): Frame {
  return { clinic: c.var.visit.clinic, locale: localeOf(c), nonce: c.var.secureHeadersNonce ?? "" };
}
