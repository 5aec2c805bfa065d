import type { MediaBuy } from "../../delivery/media-buys/move-buy.ts";
import { Choice, Field, type Form, Lines } from "../nudges/field.tsx";
import type { Listed } from "./read-buys.ts";

type FieldsProps = { own: string; form: Form; listed: Listed };

/** The form's fields as the stored buy fills them. */
export function valuesOf(buy: MediaBuy): Form["values"] {
  const amount = (micros: number | null) => (micros === null ? "" : String(micros / 1e6));
  return {
    vendor: buy.vendor,
    fixed: amount(buy.fixedMicros),
    unit: amount(buy.unitMicros),
    postage: amount(buy.postageMicros),
    buyBudget: amount(buy.budgetMicros),
    offerCode: buy.offerCode ?? "",
    trackingPhone: buy.trackingPhone ?? "",
    attributionDays: String(buy.attributionDays),
    invoiced: amount(buy.invoicedMicros),
    why: "undeliverable",
  };
}

function isTroubled({ problems }: Form, names: string[]): boolean {
  return names.some((name) => problems.has(name)) || problems.has("form");
}

function FormProblem({ form }: { form: Form }) {
  const problem = form.problems.get("form");
  return problem ? (
    <p class="note bad" role="alert">
      {problem}
    </p>
  ) : null;
}

const DEAL = ["vendor", "fixed", "unit", "postage", "buyBudget", "offerCode", "trackingPhone", "attributionDays"];

/** What was agreed with the vendor. */
export function Deal({ own, form, listed: { buy } }: FieldsProps) {
  const isPrint = buy.channel === "print";
  return (
    <details class="more" open={isTroubled(form, DEAL)}>
      <summary>Vendor and costs</summary>
      <form class="form" method="post" action={`${own}/costs`} autocomplete="off">
        <FormProblem form={form} />
        <Field form={form} name="vendor" label="Vendor" />
        <Field form={form} name="fixed" type="number" step="any" label={`Set-up, in ${buy.currency}`} />
        <Field
          form={form}
          name="unit"
          type="number"
          step="any"
          label={isPrint ? "One piece" : "One message"}
          hint={isPrint ? undefined : "0 for what the carrier takes"}
        />
        <Field form={form} name="postage" type="number" step="any" label="Postage of one" />
        <Field
          form={form}
          name="buyBudget"
          type="number"
          step="any"
          label="Budget"
          hint={
            isPrint
              ? "It is not committed above this. Empty for none"
              : "Nothing of it leaves above this. Empty for none"
          }
        />
        <Field form={form} name="offerCode" label="Offer code" hint="What {{of}} says; empty for none" />
        <Field
          form={form}
          name="trackingPhone"
          type="tel"
          label="Tracking phone"
          hint="What {{tp}} says, such as +12025550101"
        />
        <Field form={form} name="attributionDays" type="number" label="Days in which its effect is counted" />
        <div>
          <button type="submit" class="plain">
            Save
          </button>
        </div>
      </form>
    </details>
  );
}

/** When it was posted. */
export function MailedForm({ own, form }: FieldsProps) {
  return (
    <form class="form" method="post" action={`${own}/mailed`} autocomplete="off">
      <FormProblem form={form} />
      <Field form={form} name="mailOn" type="date" label="Mailed on" />
      <Field form={form} name="inHomeFromOn" type="date" label="In homes from" hint="Its effect is counted from here" />
      <Field form={form} name="inHomeToOn" type="date" label="until" />
      <Field form={form} name="vendorJobRef" label="Vendor's reference" hint="Empty for none" />
      <div>
        <button type="submit">It was mailed</button>
      </div>
    </form>
  );
}

/** What the vendor asks for. */
export function InvoiceForm({ own, form, listed: { buy } }: FieldsProps) {
  return (
    <details class="more" open={isTroubled(form, ["invoiced"])}>
      <summary>{buy.invoicedMicros === null ? "Enter the invoice" : "Correct the invoice"}</summary>
      <form class="form" method="post" action={`${own}/invoice`} autocomplete="off">
        <FormProblem form={form} />
        <Field form={form} name="invoiced" type="number" step="any" label={`The invoice's total, in ${buy.currency}`} />
        <div>
          <button type="submit">Save the invoice</button>
        </div>
      </form>
    </details>
  );
}

/** What came back. */
export function ReturnedForm({ own, form }: FieldsProps) {
  return (
    <details class="more" open={isTroubled(form, ["references", "why"])}>
      <summary>Pieces came back</summary>
      <form class="form" method="post" action={`${own}/returned`} autocomplete="off">
        <FormProblem form={form} />
        <Lines form={form} name="references" label="What they bear" hint="Twelve letters and digits, a piece a line" />
        <Choice
          form={form}
          name="why"
          label="Why"
          options={[
            ["undeliverable", "could not be delivered"],
            ["refused", "refused: no more letters to them"],
          ]}
        />
        <div>
          <button type="submit">Note them</button>
        </div>
      </form>
    </details>
  );
}
