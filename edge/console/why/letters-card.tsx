import * as z from "zod";
import type { Context } from "../../context.ts";
import { stopLetters } from "../../delivery/staff-opt-out.ts";
import { mayPost } from "../../mailable.ts";
import type { Postal } from "../../postal-facts.ts";
import { readForm } from "../form.ts";
import { Chip } from "../parts/chip.tsx";
import { reasonWords } from "../reason-words.ts";
import type { StaffRequest } from "../staff.ts";

type Props = { ctx: Context; patientId: string; postal: Postal | undefined; base: string; mayStop: boolean };

/** Whether letters go to this person, and if not why; at a clinic that has letters printed. */
export function LettersCard({ ctx, patientId, postal, base, mayStop }: Props) {
  if (!ctx.tenant.settings.print || !postal) return null;
  const { areValidated: isCertified } = ctx.tenant.settings.addresses;
  const decision = mayPost(postal, { isCertified, category: "care" });
  const offersRefused = decision.may === "post" && postal.refused.includes("marketing");
  return (
    <section class="card" aria-labelledby="letters">
      <h2 id="letters">Letters</h2>
      {decision.may === "post" ? (
        <div>
          <Chip tone="ok" label={offersRefused ? "letters go here, offers do not" : "letters go here"} />
        </div>
      ) : (
        <>
          <div>
            <Chip tone={decision.may === "wait" ? "wait" : "bad"} label={reasonWords(decision.why).short} />
          </div>
          <p class="fine">{reasonWords(decision.why).long}</p>
        </>
      )}
      {postal.refused.length > 0 ? <a href={`${base}/opt-outs`}>To the opt-outs</a> : null}
      {mayStop && !postal.refused.includes("all") ? (
        <details class="more">
          <summary>No more letters</summary>
          <form class="form" method="post" action={`${base}/why/${patientId}/letters`}>
            <label>
              Which ones
              <select name="purpose">
                <option value="all">All letters</option>
                <option value="marketing">Offers only</option>
              </select>
            </label>
            <div>
              <button type="submit" class="small">
                Stop letters to this person
              </button>
            </div>
          </form>
        </details>
      ) : null}
    </section>
  );
}

/** `POST /why/:patient/letters`: somebody told staff that they want no more letters. */
export async function stopLettersTo({ c, ctx, base }: StaffRequest): Promise<Response> {
  const patientId = c.req.param("patient") ?? "";
  const { purpose } = await readForm(c, z.object({ purpose: z.enum(["all", "marketing"]) }));
  await stopLetters(ctx, patientId, purpose);
  return c.redirect(`${base}/why/${patientId}?done=letters-stopped`, 303);
}
