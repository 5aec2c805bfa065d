import * as z from "zod";
import { stamp } from "../../context.ts";
import { activateNudge, archiveNudge, pauseNudge } from "../../engagement/change-nudge.ts";
import type { Nudge } from "../../engagement/read-nudges.ts";
import { readForm } from "../form.ts";
import type { StaffRequest } from "../staff.ts";

/** What can be done with a nudge as it stands, by this person. */
export function Actions({ request, nudge }: { request: StaffRequest; nudge: Nudge }) {
  const own = `${request.base}/nudges/${nudge.code}`;
  const isOwn = stamp(request.ctx).actor === nudge.createdBy;
  const isEarly = nudge.status === "active" && (nudge.startsAt ?? 0) > request.ctx.now();
  if (nudge.status === "archived") return <p class="soft">It ended for good. Its messages stay in the record.</p>;
  return (
    <>
      {isEarly ? <p>It would write to many at once, so nothing is planned yet: pause it to take it back.</p> : null}
      {nudge.status === "active" ? <PauseForm action={`${own}/pause`} /> : null}
      {nudge.status === "waiting" && isOwn ? (
        <p>You wrote it, so somebody else has to approve it: any other clinic lead or admin.</p>
      ) : null}
      {nudge.status === "draft" || nudge.status === "paused" || (nudge.status === "waiting" && !isOwn) ? (
        <form class="form" method="post" action={`${own}/activate`}>
          {nudge.status === "draft" ? (
            <p class="soft">Look at the preview first. Offers, and what writes to very many, need a second person.</p>
          ) : null}
          <div>
            <button type="submit">{ACTIVATE[nudge.status]}</button>
          </div>
        </form>
      ) : null}
      <details class="more">
        <summary>End it for good</summary>
        <form class="form" method="post" action={`${own}/archive`}>
          <p class="soft">What waits is called off. It cannot be put to work again.</p>
          <div>
            <button type="submit" class="danger small">
              Archive
            </button>
          </div>
        </form>
      </details>
    </>
  );
}

const ACTIVATE = { draft: "Put it to work", paused: "Go on", waiting: "Approve, and put it to work" } as const;

function PauseForm({ action }: { action: string }) {
  return (
    <form class="form" method="post" action={action} autocomplete="off">
      <label>
        Why pause it? <span class="hint">Everyone at the clinic sees it. No patient's name, please.</span>
        <input name="reason" required maxlength={200} />
      </label>
      <div>
        <button type="submit" class="danger">
          Pause
        </button>
      </div>
    </form>
  );
}

/** `POST /nudges/:code/activate`: puts it to work, or asks for a second person. */
export async function activate({ c, ctx, base }: StaffRequest): Promise<Response> {
  const code = c.req.param("code") ?? "";
  const { status } = await activateNudge(ctx, code);
  return c.redirect(`${base}/nudges/${code}?done=nudge-${status}`, 303);
}

/** `POST /nudges/:code/pause`: what waits is held until it goes on. */
export async function pause({ c, ctx, base }: StaffRequest): Promise<Response> {
  const code = c.req.param("code") ?? "";
  const { reason } = await readForm(c, z.object({ reason: z.string().min(1).max(200) }));
  const { status } = await pauseNudge(ctx, code, reason);
  return c.redirect(`${base}/nudges/${code}?done=${status === "paused" ? "nudge-paused" : "gone"}`, 303);
}

/** `POST /nudges/:code/archive`: the end of it. */
export async function archive({ c, ctx, base }: StaffRequest): Promise<Response> {
  const code = c.req.param("code") ?? "";
  await archiveNudge(ctx, code);
  return c.redirect(`${base}/nudges/${code}?done=nudge-archived`, 303);
}
