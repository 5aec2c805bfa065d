import { WISHES } from "../../../db/schema/visits.ts";
import { anotherTime } from "../../../templates/visits/another-time.ts";
import { readAnswers } from "../survey/read-answers.ts";
import type { PostedForm } from "../survey/read-form.ts";
import type { PatientContext } from "../survey/visit.ts";
import { askOtherTime } from "./ask-other-time.ts";
import type { Found } from "./find-visit.ts";
import { hrefOf, showNotice, showWishForm } from "./show-visit.ts";

/** A posted wish for another time: on the desk's list, or shown again with what stands in the way and all that was typed. */
export async function takeWish(c: PatientContext, { ctx, visit }: Found, posted: PostedForm): Promise<Response> {
  if (posted.formVersion !== String(visit.startsAt)) return showWishForm(c, visit, { posted, status: 409 });
  const { answers, problems } = readAnswers(anotherTime, "wish", posted.entries);
  const wish = WISHES.find((each) => each === answers.wish);
  if (problems.length > 0 || !wish) return showWishForm(c, visit, { posted, problems, status: 400 });
  const text = typeof answers.words === "string" ? answers.words : "";
  const isKept = await askOtherTime(ctx, { ...visit, wish, text });
  if (isKept) return c.redirect(hrefOf(c, ""), 303);
  return showNotice(c, { says: "enough", own: visit.locale, posted });
}
