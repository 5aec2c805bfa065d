import { stamp } from "../../context.ts";
import { needsTwo } from "../../delivery/media-buys/may-commit.ts";
import type { Form } from "../nudges/field.tsx";
import { LEADS } from "../roles.ts";
import type { StaffRequest } from "../staff.ts";
import { many, microsWords } from "../words.ts";
import { Deal, InvoiceForm, MailedForm, ReturnedForm, valuesOf } from "./field-forms.tsx";
import type { Listed } from "./read-buys.ts";

type Props = { request: StaffRequest; listed: Listed; typed: Form | null };
type Part = Props & { own: string; form: Form };

/** What can be done with a media buy as it stands, by those who answer for the clinic's messages. */
export function BuyForms({ request, listed, typed }: Props) {
  if (!LEADS.includes(request.role)) return null;
  const { buy } = listed;
  const own = `${request.base}/media-buys/${buy.id}`;
  const form = typed ?? { values: valuesOf(buy), problems: new Map() };
  const part = { request, listed, typed, own, form };
  const isPrint = buy.channel === "print";
  switch (buy.status) {
    case "draft":
      return (
        <>
          {isPrint ? <Commit {...part} /> : <Press {...part} act="complete" words="Nothing more of it leaves" />}
          <Deal {...part} />
          <Cancel {...part} />
        </>
      );
    case "committed":
      return (
        <>
          <Press {...part} act="production" words="The printer has the list" />
          <details class="more">
            <summary>The file did not arrive</summary>
            <p class="soft">Ask the printer first: a file that it has must not come twice.</p>
            <Press {...part} act="resend" words="Send the file again" />
          </details>
          <Cancel {...part} />
        </>
      );
    case "in_production":
      return (
        <>
          <MailedForm {...part} />
          <InvoiceForm {...part} />
        </>
      );
    case "mailed":
      return (
        <>
          <Press {...part} act="complete" words="Nothing more comes back" />
          <ReturnedForm {...part} />
          <InvoiceForm {...part} />
        </>
      );
    case "cancelled":
      return <p class="soft">Nothing of it is printed or sent any more.</p>;
    default:
      return (
        <>
          {isPrint ? <ReturnedForm {...part} /> : null}
          <InvoiceForm {...part} />
        </>
      );
  }
}

function Commit({ own, listed: { buy, nudge, counts, numbers }, request }: Part) {
  const price = microsWords(numbers.quotedMicros, buy.currency);
  const isOver = buy.budgetMicros !== null && numbers.quotedMicros > buy.budgetMicros;
  const isOwn = needsTwo(nudge) && buy.costedBy === stamp(request.ctx).actor;
  if (counts.mailed === 0) return <p class="soft">Nobody on the list may be written to yet.</p>;
  return (
    <>
      <p>
        <strong>
          {many(counts.mailed, "letter")} for {price}.
        </strong>{" "}
        Everybody is looked at once more; then the list is frozen and goes to the printer.
      </p>
      {isOver ? <p class="note warn">That is more than its budget. Raise it first, or let the list wait.</p> : null}
      {isOwn ? <p>You set its costs, so somebody else has to approve it: any other clinic lead or admin.</p> : null}
      {isOver || isOwn ? null : (
        <form method="post" action={`${own}/commit`}>
          <button type="submit">Approve {price}, and freeze the list</button>
        </form>
      )}
    </>
  );
}

function Press({ own, act, words }: Part & { act: "production" | "resend" | "complete"; words: string }) {
  return (
    <form class="form" method="post" action={`${own}/${act}`}>
      <div>
        <button type="submit">{words}</button>
      </div>
    </form>
  );
}

function Cancel({ own, listed }: Part) {
  return (
    <details class="more">
      <summary>Cancel it</summary>
      <form class="form" method="post" action={`${own}/cancel`}>
        <p class="soft">
          What waits ends. It cannot be taken up again.
          {listed.buy.channel === "print"
            ? " Where the letter's step names another for those whom it cannot reach, that is said instead."
            : null}
        </p>
        <div>
          <button type="submit" class="danger small">
            Cancel it
          </button>
        </div>
      </form>
    </details>
  );
}
