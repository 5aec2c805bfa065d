import type { Context } from "../context.ts";
import { limitMisses } from "./survey/limit-misses.ts";
import { ownOrigins, readForm } from "./survey/read-form.ts";
import { showLater, showTooMany } from "./survey/show.ts";
import type { PatientContext } from "./survey/visit.ts";

/**
 * The answer to the button that asks for a fresh link: the same page whatever the link is. `renew` does what is due for
 * the link with that hash, if anything, and tells whether there is such a link.
 */
export async function answerFreshLink(
  c: PatientContext,
  renew: (ctx: Context, tokenHash: string) => Promise<boolean>,
  showSent: (c: PatientContext) => Response | Promise<Response>,
): Promise<Response> {
  const { tokenHash, ctx } = c.var.visit;
  await readForm(c.req.raw, ownOrigins(c));
  if (tokenHash && !ctx) return showLater(c);
  const isKnown = tokenHash !== null && ctx !== null && (await renew(ctx, tokenHash));
  return !isKnown && (await limitMisses(c)) ? showTooMany(c) : showSent(c);
}
