import type { Child } from "hono/jsx";
import { AUDIENCES } from "../../engagement/audiences/registry.ts";
import { Box, Boxes, Choice, Field, type Form, Lines } from "./field.tsx";
import { VISIT_STATUS_WORDS } from "./nudge-words.ts";

export type OfficeChoice = { id: string; name: string };
type Props = { form: Form; offices: OfficeChoice[] };

/**
 * For whom: the kind of audience and that kind's own settings. All kinds' settings are on the page and only the chosen
 * one's are shown, by the style sheet alone: changing one's mind loses nothing.
 */
export function AudienceFields({ form, offices }: Props) {
  return (
    <section class="card audience" aria-labelledby="for-whom">
      <h2 id="for-whom">For whom</h2>
      <fieldset id="kind">
        <legend class="vh">Who is meant</legend>
        {AUDIENCES.map(({ kind, title }) => (
          <label class="choice">
            <input type="radio" id={`kind-${kind}`} name="kind" value={kind} checked={form.values.kind === kind} />{" "}
            {title}
          </label>
        ))}
      </fieldset>
      <Only kind="appointment_reminder">
        <VisitFields form={form} offices={offices} kind="appointment_reminder" />
        <Box
          form={form}
          name="appointment_reminder.skipConfirmed"
          label="only who has not confirmed the visit by a link or a text"
        />
      </Only>
      <Only kind="visit_follow_up">
        <VisitFields form={form} offices={offices} kind="visit_follow_up" />
      </Only>
      <Only kind="purchase_aggregate">
        <PurchaseFields form={form} />
      </Only>
      <Only kind="unseen_since">
        <Days form={form} kind="unseen_since" label="Last here" />
        <Boxes
          form={form}
          name="unseen_since.kinds"
          label="Who"
          options={[
            ["prospect", "who never bought"],
            ["patient", "who bought before"],
          ]}
        />
      </Only>
    </section>
  );
}

/** Hides the settings of the kinds that are not chosen. */
export const AUDIENCE_STYLE = AUDIENCES.map(
  ({ kind }) => `.audience:not(:has(#kind-${kind}:checked)) .only-${kind}{display:none}`,
).join("");

function Only({ kind, children }: { kind: string; children: Child }) {
  return <div class={`only only-${kind}`}>{children}</div>;
}

const STATUSES = Object.entries(VISIT_STATUS_WORDS);

function VisitFields({ form, offices, kind }: Props & { kind: string }) {
  return (
    <>
      <Boxes form={form} name={`${kind}.statuses`} label="Visits that are" options={STATUSES} />
      <Lines
        form={form}
        name={`${kind}.excludeNames`}
        label="But no visits called"
        hint="One name a line, whole; capitals and spaces do not matter"
      />
      <Lines form={form} name={`${kind}.providers`} label="Only with" hint="One provider a line; empty for all" />
      {offices.length > 1 ? (
        <Boxes
          form={form}
          name={`${kind}.offices`}
          label="Only at (none for all)"
          options={offices.map(({ id, name }) => [id, name])}
        />
      ) : null}
    </>
  );
}

function Days({ form, kind, label }: { form: Form; kind: string; label: string }) {
  return (
    <div class="row">
      <Field form={form} name={`${kind}.daysFrom`} type="number" label={`${label}, from how many days ago`} />
      <Field form={form} name={`${kind}.daysTo`} type="number" label="to how many days ago" />
    </div>
  );
}

function PurchaseFields({ form }: { form: Form }) {
  const kind = "purchase_aggregate";
  return (
    <>
      <Days form={form} kind={kind} label="Last purchase" />
      <div class="row">
        <Choice
          form={form}
          name={`${kind}.link`}
          label="Bought at a visit"
          options={[
            ["source", "as the source says"],
            ["same_day", "of the same day"],
            ["days", "of the days before"],
          ]}
        />
        <Field
          form={form}
          name={`${kind}.linkDays`}
          type="number"
          label="Days before"
          hint="Only for the last choice"
        />
      </div>
      <Boxes form={form} name={`${kind}.statuses`} label="Visits that were" options={STATUSES} />
      <Lines form={form} name={`${kind}.categories`} label="Only goods of" hint="One category a line; empty for all" />
      <div class="row">
        <Field form={form} name={`${kind}.countFrom`} type="number" label="At least so many purchases" />
        <Field form={form} name={`${kind}.countTo`} type="number" label="at most" />
      </div>
      <div class="row">
        <Field form={form} name={`${kind}.totalFrom`} type="number" step="any" label="Spent in all, at least" />
        <Field form={form} name={`${kind}.totalTo`} type="number" step="any" label="at most" />
      </div>
      <Box form={form} name={`${kind}.absentAhead`} label="only who has no visit ahead" />
      <Field
        form={form}
        name={`${kind}.absentDays`}
        type="number"
        label="Only who bought nothing for so many days"
        hint="Empty for everybody"
      />
    </>
  );
}
