import { Hono } from "hono";
import { isStoreUnavailable } from "../../db/connect.ts";
import { answerFreshLink } from "./answer-fresh-link.ts";
import { pageHeaders } from "./page-headers.ts";
import { limitMisses } from "./survey/limit-misses.ts";
import { ownOrigins, type PostedForm, readForm } from "./survey/read-form.ts";
import { showLater, showTooMany } from "./survey/show.ts";
import { type PatientContext, type PatientEnv, visitOf } from "./survey/visit.ts";
import { confirmVisit } from "./visits/confirm-visit.ts";
import { type Found, findVisit, standingOf } from "./visits/find-visit.ts";
import { renewVisitLink } from "./visits/renew-link.ts";
import { hrefOf, showCalendar, showFreshSent, showNotice, showVisit, showWishForm } from "./visits/show-visit.ts";
import { takeWish } from "./visits/take-wish.ts";

/**
 * `/v/:token…`: the visit behind a reminder's link. Opening anything here writes nothing, so no scanner or preview can
 * confirm a visit; only a press on a button does. What a page says is read afresh: a visit that has moved is told so,
 * and only the time that the page spoke of can be confirmed with it.
 */
export const visitRoutes = new Hono<PatientEnv>()
  .use(pageHeaders)
  .use("/:token/*", async (c, next) => {
    c.set("visit", await visitOf(c, c.req.param("token")));
    await next();
  })
  .onError((error, c) => {
    if (isStoreUnavailable(error)) return showLater(c);
    throw error;
  })
  .get("/:token", (c) => withVisit(c, (found) => showVisit(c, found)))
  .post("/:token", confirm)
  .get("/:token/time", (c) => withVisit(c, ({ visit }) => showWishForm(c, visit)))
  .post("/:token/time", askForAnother)
  .post("/:token/fresh", (c) => answerFreshLink(c, renewVisitLink, showFreshSent))
  .get("/:token/ics", (c) => withVisit(c, ({ ctx, visit }) => showCalendar(c, ctx, visit)));

/** Answers for every link that leads nowhere any more, and for every visit that cannot be answered here. */
async function withVisit(
  c: PatientContext,
  answer: (found: Found) => Response | Promise<Response>,
  posted?: PostedForm,
): Promise<Response> {
  const { tokenHash, ctx } = c.var.visit;
  if (tokenHash && !ctx) return showLater(c);
  const visit = tokenHash && ctx ? await findVisit(ctx, tokenHash) : null;
  const standing = visit && ctx ? standingOf(visit, ctx.now()) : null;
  if (!visit || !ctx || !standing) {
    return (await limitMisses(c)) ? showTooMany(c) : showNotice(c, { says: "notOpen", own: null, posted });
  }
  if (standing === "cancelled" || standing === "unsure") {
    return showNotice(c, { says: standing, own: visit.locale, posted });
  }
  return answer({ ctx, visit, standing });
}

/** Confirms the time that the page spoke of. What follows is read afresh: a repeat is a success, a visit that just changed is not. */
async function confirm(c: PatientContext): Promise<Response> {
  const { formVersion } = await readForm(c.req.raw, ownOrigins(c));
  return withVisit(c, async (found) => {
    const { ctx, visit } = found;
    if (formVersion !== String(visit.startsAt)) return showVisit(c, found, 409);
    await confirmVisit(ctx, visit, "link");
    return c.redirect(hrefOf(c, ""), 303);
  });
}

/** While the store is down the form comes back with what was typed: nothing is kept in the browser or lost. */
async function askForAnother(c: PatientContext): Promise<Response> {
  const form = await readForm(c.req.raw, ownOrigins(c));
  const { tokenHash, ctx } = c.var.visit;
  if (tokenHash && !ctx) return showWishForm(c, null, { posted: form, status: 503 });
  try {
    return await withVisit(c, (found) => takeWish(c, found, form), form);
  } catch (error) {
    if (isStoreUnavailable(error)) return showWishForm(c, null, { posted: form, status: 503 });
    throw error;
  }
}
