import { inboundMessages } from "../../../db/schema/operations.ts";
import { staffPage } from "../layout/page.tsx";
import { Done } from "../parts/done.tsx";
import { PeopleLinks } from "../parts/people-links.tsx";
import { type Named, openPeople } from "../people.ts";
import { displayPhone } from "../phone.ts";
import { refuseMissing } from "../refuse-missing.ts";
import type { StaffRequest } from "../staff.ts";
import { whenAt } from "../time.ts";
import { listTexts, type Sender, settleText, type WaitingText } from "./list-texts.ts";

/** `GET /texts`: what patients texted that no rule could answer. */
export async function showTexts(request: StaffRequest): Promise<Response> {
  const { texts, senders } = await listTexts(request.ctx);
  const patients = senders.map(({ patientId: id, sealed }) => ({ id, sealed }));
  const read = { action: "texts.read", entityId: "texts" } as const;
  const { people } = await openPeople(request.ctx, read, { patients });
  return staffPage(request, {
    title: "Texts",
    lede: "What patients texted back that needs a person. STOP, START and HELP are dealt with by themselves.",
    children: (
      <>
        <Done request={request} />
        {texts.length === 0 ? <p class="empty">No text waits for you.</p> : null}
        {texts.map((text) => (
          <Text
            request={request}
            text={text}
            senders={senders.filter(({ addressKey }) => addressKey === text.addressKey)}
            people={people}
          />
        ))}
      </>
    ),
  });
}

/** `POST /texts/:id`: somebody has dealt with it. Throws NOT_FOUND. */
export async function settle({ c, ctx, base }: StaffRequest): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const isSettled = await settleText(ctx, id);
  if (!isSettled) await refuseMissing(ctx, inboundMessages, id);
  return c.redirect(`${base}/texts?done=${isSettled ? "text-settled" : "gone"}`, 303);
}

type TextProps = { request: StaffRequest; text: WaitingText; senders: Sender[]; people: Map<string, Named> };

function Text({ request: { ctx, base }, text, senders, people }: TextProps) {
  return (
    <section class="card" aria-labelledby={text.id}>
      <h2 id={text.id}>{displayPhone(text.from)}</h2>
      <p class="soft">
        {whenAt(text.receivedAt, ctx.now(), ctx.tenant.settings.office.timeZone)}
        {senders.length === 0 ? ", a number no patient has" : ", the number of "}
        <PeopleLinks patientIds={senders.map(({ patientId }) => patientId)} people={people} base={base} />
      </p>
      <p>{text.body || "A text without words, perhaps a picture. Pictures are not fetched."}</p>
      {text.isStop ? <p class="fine">Taken as a plea to stop: the number gets no more texts.</p> : null}
      <form method="post" action={`${base}/texts/${text.id}`}>
        <button type="submit" class="small">
          Done with it
        </button>
      </form>
    </section>
  );
}
