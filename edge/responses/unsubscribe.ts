import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { isStoreUnavailable } from "../../db/connect.ts";
import { touches, unsubscribeLinks } from "../../db/schema/engagement.ts";
import { nudges } from "../../db/schema/nudges.ts";
import type { Frame } from "../../templates/surveys/pages/frame.tsx";
import { laterPage } from "../../templates/surveys/pages/notices.tsx";
import { askToStopPage, stoppedPage, unknownLinkPage } from "../../templates/unsubscribe/pages.tsx";
import type { Context } from "../context.ts";
import { optOutStatements } from "../delivery/opt-out.ts";
import { limitMisses } from "./survey/limit-misses.ts";
import { localeOf, showTooMany } from "./survey/show.ts";
import { type PatientContext, type PatientEnv, visitOf } from "./survey/visit.ts";

/**
 * `/u/:token`: the way out of every mail (RFC 8058). Opening it changes nothing, because scanners open links; a post,
 * by the button or by the mail program itself, works at once: out of an offer it ends offers, out of any other mail all
 * mail to the address, and `/all` ends all of it whatever the mail was. No login, no script, and nothing of the post is
 * read: the token is all that counts.
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
  .use("/:token/*", async (c, next) => {
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
    const link = tokenHash && ctx ? await findLink(ctx, tokenHash) : null;
    return link ? c.html(askToStopPage({ ...frameOf(c), action: `/u/${token}`, stops: link.ends })) : showUnknown(c);
  })
  .post("/:token", (c) => stop(c, ({ ends }) => ends))
  .post("/:token/all", (c) => stop(c, () => "all"));

async function stop(c: PatientContext, scope: (link: Link) => Link["ends"]) {
  const { tokenHash, ctx, token } = c.var.visit;
  if (tokenHash && !ctx) return showLater(c);
  const link = tokenHash && ctx ? await findLink(ctx, tokenHash) : null;
  if (!link || !ctx) return showUnknown(c);
  const { addressKey } = link;
  const purpose = scope(link);
  const statements = optOutStatements(ctx, { addressKey, source: "link", evidence: null, channel: "mail", purpose });
  const [first, ...rest] = statements.map((statement) => ctx.db.run(statement));
  if (first) await ctx.db.batch([first, ...rest]);
  return c.html(stoppedPage({ ...frameOf(c), action: `/u/${token}`, stops: purpose }));
}

/** Whose mail it was, and what going out of it ends. */
type Link = { addressKey: string; ends: "all" | "marketing" };

/** A mail that is not known any more may have said anything: its way out ends everything. */
async function findLink(ctx: Context, tokenHash: string): Promise<Link | null> {
  const [row] = await ctx.db.all<{ addressKey: string; category: string | null }>(sql`
    SELECT ${unsubscribeLinks.addressKey} AS addressKey, ${nudges.category} AS category FROM ${unsubscribeLinks}
    LEFT JOIN ${touches} ON ${touches.id} = ${unsubscribeLinks.touchId} LEFT JOIN ${nudges} ON ${nudges.id} = ${touches.nudgeId}
    WHERE ${unsubscribeLinks.tokenHash} = ${tokenHash}`);
  return row ? { addressKey: row.addressKey, ends: row.category === "marketing" ? "marketing" : "all" } : null;
}

async function showUnknown(c: PatientContext) {
  return (await limitMisses(c)) ? showTooMany(c) : c.html(unknownLinkPage(frameOf(c)), 404);
}

function showLater(c: PatientContext) {
  c.header("retry-after", "60");
  return c.html(laterPage(frameOf(c)), 503);
}

function frameOf(c: PatientContext): Frame {
  return { clinic: c.var.visit.clinic, locale: localeOf(c), nonce: c.var.secureHeadersNonce ?? "" };
}
