import { Hono } from "hono";
import { isStoreUnavailable } from "../../db/connect.ts";
import { pageAfter } from "../../templates/surveys/questions.ts";
import { answerFreshLink } from "./answer-fresh-link.ts";
import { pageHeaders } from "./page-headers.ts";
import { findLink } from "./survey/find-link.ts";
import { limitMisses } from "./survey/limit-misses.ts";
import { renewSurveyLink } from "./survey/renew-link.ts";
import { showDone, showForm, showFreshSent, showLater, showNotOpen, showTooMany } from "./survey/show.ts";
import { findDraft } from "./survey/store-answers.ts";
import { submit } from "./survey/submit.ts";
import { isThanksProof, PROOF_PARAMETER } from "./survey/thanks-proof.ts";
import { type PatientContext, type PatientEnv, visitOf } from "./survey/visit.ts";

/**
 * `/s/:token…`: the survey behind a texted link. Opening anything here writes nothing, so no scanner or preview can
 * spend a link; only a press on a button does. Works without script, and with the store down (`answer-spool.ts`).
 */
export const surveyRoutes = new Hono<PatientEnv>()
  .use(pageHeaders)
  .use("/:token/*", async (c, next) => {
    c.set("visit", await visitOf(c, c.req.param("token")));
    await next();
  })
  .onError((error, c) => {
    if (isStoreUnavailable(error)) return showLater(c);
    throw error;
  })
  .get("/:token", openForm)
  .post("/:token", (c) => submit(c, "first"))
  .get("/:token/more", openMore)
  .post("/:token/more", (c) => submit(c, "more"))
  .get("/:token/done", openDone)
  .post("/:token/fresh", (c) => answerFreshLink(c, renewSurveyLink, showFreshSent));

async function openForm(c: PatientContext) {
  const { tokenHash, ctx } = c.var.visit;
  if (tokenHash && !ctx) return showLater(c);
  const link = tokenHash && ctx ? await findLink(ctx, tokenHash) : null;
  const page = link?.survey.pages[0];
  if (!link || !page || !ctx || link.answered || link.expiresAt <= ctx.now()) return miss(c);
  return showForm(c, { survey: link.survey, page, own: link.locale });
}

/** The second page: there while the first is stored and this one is not. */
async function openMore(c: PatientContext) {
  const { tokenHash, ctx, token } = c.var.visit;
  if (tokenHash && !ctx) return showLater(c);
  const link = tokenHash && ctx ? await findLink(ctx, tokenHash) : null;
  const draft = link?.answered && ctx ? await findDraft(ctx, token) : null;
  if (!link || !ctx || draft?.status !== "in-progress" || link.expiresAt <= ctx.now()) return miss(c);
  const page = pageAfter(link.survey, link.survey.pages[0]?.id ?? "", draft.answers);
  return page ? showForm(c, { survey: link.survey, page, own: link.locale, earlier: draft.answers }) : miss(c);
}

/**
 * Thanks whoever just sent answers, also while these still wait in the spool. To all others every link looks alike here,
 * or it would tell whether somebody answered.
 */
async function openDone(c: PatientContext) {
  const { tokenHash, ctx, token } = c.var.visit;
  const { env, now } = c.var;
  const proof = c.req.query(PROOF_PARAMETER) ?? "";
  if (!tokenHash || !(await isThanksProof(env.LINK_KEYS, token, proof, now()))) return miss(c);
  const link = ctx ? await findLink(ctx, tokenHash).catch(nullIfStoreIsDown) : null;
  const draft = link && ctx ? await findDraft(ctx, token).catch(nullIfStoreIsDown) : null;
  return showDone(c, { survey: link?.survey, own: link?.locale ?? null, answers: draft?.answers ?? {}, proof });
}

async function miss(c: PatientContext) {
  return (await limitMisses(c)) ? showTooMany(c) : showNotOpen(c);
}

function nullIfStoreIsDown(error: unknown): null {
  if (isStoreUnavailable(error)) return null;
  throw error;
}
